using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>What the sections about attacks share.</summary>
internal static class AttackParts
{
    // The style sheet has a colour for each level of a log; severities, the gravest first, take the same.
    private static readonly string[] Classes = ["level-critical", "level-error", "level-warning", "level-information", "level-trace"];

    /// <summary>Counts by severity over time, the gravest first.</summary>
    public static TimeCounts Times() => new([.. Enum.GetValues<AttackSeverity>().AsEnumerable().Reverse().Select((s, i) => new TimeSeries($"{s}", Classes[i]))]);

    /// <summary>The place of a severity in these counts.</summary>
    public static int PlaceOf(AttackSeverity severity) => Classes.Length - 1 - (int)severity;

    /// <summary>How well it is that there was something so grave; null where it is not worth a word.</summary>
    public static HealthStatus? StatusOf(AttackSeverity? severity) => severity switch
    {
        AttackSeverity.Critical or AttackSeverity.High => HealthStatus.Unhealthy,
        AttackSeverity.Medium => HealthStatus.Degraded,
        _ => null,
    };

    /// <summary>Bars, the longest first, all against the longest.</summary>
    public static BarChart Bars(string title, string? note, IEnumerable<ReportBar> bars, int total)
    {
        ReportBar[] longest = [.. bars.OrderByDescending(b => b.Value).Take(15)];
        return new BarChart(title, note, [.. longest.Select(b => b with { Full = longest[0].Value })], total);
    }
}
