using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>What matches and their sums say to people who are to be told. Alerts of one rule, one offender or one sum are the same, so that repeats are folded.</summary>
internal static class AttackAlerts
{
    private const string Source = "attack", Remedy = "Look with Find-OpsAttackPattern; block with Export-OpsBlockList.";

    public static Alert Of(AttackMatch match) => new()
    {
        Kind = AlertKind.Attack,
        Source = Source,
        Target = match.ClientAddress is { } address ? $"{match.Rule} from {address}" : match.Rule,
        Severity = match.AllowedBy is null ? Of(match.Severity) : AlertSeverity.Information,
        Title = $"{match.Rule}{(match.ClientAddress is null ? "" : $" from {match.ClientAddress}")}",
        Message = $"{match.Message}: {match.MatchedText}",
        Remedy = Remedy,
        Fields = Fields(("category", $"{match.Category}"), ("severity", $"{match.Severity}"), ("confidence", $"{match.Confidence}"), ("source", match.Source),
            ("path", match.Path), ("status", match.StatusCode?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("tenant", match.Tenant), ("mitre", match.Mitre)),
        Time = match.Time ?? default,
    };

    public static Alert Of(AttackOffender offender) => new()
    {
        Kind = AlertKind.Attack,
        Source = Source,
        Target = $"{Word(offender.By)} {offender.Value}",
        Severity = Of(offender.Severity),
        Title = FormattableString.Invariant($"{Word(offender.By)} {offender.Value}: {offender.Count:N0} matches"),
        Message = $"The worst is {offender.Severity}; kinds: {string.Join(", ", offender.Categories)}.",
        Remedy = Remedy,
        Time = offender.LastTime ?? default,
    };

    public static Alert Of(AttackBurst burst) => new()
    {
        Kind = AlertKind.Attack,
        Source = Source,
        Target = $"{burst.Rule} of {burst.Value}",
        Severity = Of(burst.Severity),
        Title = $"{burst.Rule} of {burst.Value}",
        Message = FormattableString.Invariant($"{burst.Title}: {burst.Most:N0} within {DurationText.Show(burst.Within)}, more than {burst.More:N0} are too many."),
        Remedy = Remedy,
        Fields = Fields(("by", Word(burst.By)), ("mitre", burst.Mitre)),
        Time = burst.LastTime,
    };

    public static Alert Of(AttackSummary summary)
    {
        AttackSeverity worst = summary.Severity ?? AttackSeverity.Information;
        foreach (AttackBurst burst in summary.Bursts)
            if (burst.Severity > worst) worst = burst.Severity;
        var lines = new List<string> { $"Kinds: {string.Join(", ", summary.Categories)}." };
        if (summary.Bursts.Count > 0) lines.Add($"Too often: {string.Join("; ", summary.Bursts.Take(5))}.");
        if (summary.Addresses.Count > 0) lines.Add($"Most from {string.Join("; ", summary.Addresses.Take(5))}.");
        if (summary.Suppressed > 0) lines.Add(FormattableString.Invariant($"{summary.Suppressed:N0} more were let pass by the allow-list."));
        return new Alert
        {
            Kind = AlertKind.Attack,
        Source = Source,
            Target = "attacks",
            State = summary.Matches == 0 ? AlertState.Well : AlertState.Firing,
            Severity = Of(worst),
            Title = summary.Matches == 0 ? "no attacks found" : FormattableString.Invariant($"{summary.Matches:N0} attack matches of {summary.DistinctAddresses:N0} addresses"),
            Message = summary.Matches == 0 ? "" : string.Join('\n', lines),
            Remedy = summary.Matches == 0 ? "" : Remedy,
            Time = summary.LastTime ?? default,
        };
    }

    private static AlertSeverity Of(AttackSeverity severity) => severity switch
    {
        AttackSeverity.Critical or AttackSeverity.High => AlertSeverity.Critical,
        AttackSeverity.Medium => AlertSeverity.Warning,
        _ => AlertSeverity.Information,
    };

    private static string Word(AttackKey key) => key.ToString().ToLowerInvariant();

    private static Dictionary<string, string> Fields(params (string Name, string? Value)[] fields) =>
        fields.Where(f => !string.IsNullOrEmpty(f.Value)).ToDictionary(f => f.Name, f => f.Value!);
}
