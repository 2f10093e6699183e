using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Makes alerts of results.</summary>
public static class AlertMapping
{
    /// <summary>What a result says: its own alert, or for any other verdict a plain one; null when it is neither.</summary>
    public static Alert? Of(object result) => result switch
    {
        Alert alert => alert,
        IAlertSource source => source.ToAlert(),
        // A change has an id of its own, so that no later one would end its alert.
        Changes.JournalEntry => null,
        IVerdict verdict => Of(verdict, Words(result.GetType().Name)),
        _ => null,
    };

    /// <summary>One alert of several results and failures of the same job.</summary>
    internal static Alert Combine(Alert job, IReadOnlyList<Alert> results)
    {
        if (results.Count == 1) return Named(results[0]);
        Alert[] bad = [.. results.Where(r => r.State == AlertState.Firing)];
        Alert[] said = bad.Length > 0 ? bad : [.. results];
        string[] messages = [.. said.Select(a => a.Message.Length > 0 ? a.Message : a.Title).Distinct()];
        return job with
        {
            State = bad.Length > 0 ? AlertState.Firing : AlertState.Well,
            Severity = said.Length == 0 ? AlertSeverity.Information : said.Max(a => a.Severity),
            Title = bad.Length == 0 ? job.Title : $"{job.Title}: {bad.Length} of {results.Count} not well",
            Message = string.Join('\n', messages.Take(5)) + (messages.Length > 5 ? $"\n... and {messages.Length - 5} more" : ""),
            Remedy = said.FirstOrDefault(a => a.Remedy.Length > 0)?.Remedy ?? "",
            Fields = said.Length == 1 ? said[0].Fields : new Dictionary<string, string>(),
        };

        Alert Named(Alert one) => one with { Kind = job.Kind, Source = job.Source, Target = job.Target, OnlyResolves = job.OnlyResolves };
    }

    private static Alert Of(IVerdict verdict, string kind) => new()
    {
        Source = kind,
        Target = Cut(verdict.ToString()!.Split(':', 2)[0]),
        Severity = verdict.IsBad() ? AlertSeverity.Critical : AlertSeverity.Information,
        State = verdict.IsBad() ? AlertState.Firing : AlertState.Well,
        Title = $"{kind} is {(verdict.IsBad() ? "bad" : "good")}",
        Message = $"{verdict}",
    };

    /// <summary>HealthSummary becomes health summary.</summary>
    private static string Words(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : $"{char.ToLowerInvariant(c)}"));

    private static string Cut(string text) => text.Length <= 100 ? text : text[..100];
}
