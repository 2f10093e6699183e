using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Changes from the journal: when, and how they ended.</summary>
internal sealed class JournalSection(int maximumRows) : ReportSection<JournalEntry>("Changes", maximumRows)
{
    private static readonly string[] Classes = ["plain", "healthy", "unhealthy", "unknown", "degraded", "plain"];

    private readonly TimeCounts _times = new([.. Enum.GetValues<JournalOutcome>().Select(o => new TimeSeries($"{o}", Classes[(int)o]))]);

    protected override ReportFinding? Take(JournalEntry change)
    {
        _times.Add(change.StartedAt, (int)change.Outcome);
        return change.Outcome is not (JournalOutcome.Failed or JournalOutcome.Unfinished) ? null : new ReportFinding(HealthStatus.Degraded, $"{change.Action} on {change.Target}",
            change.Outcome is JournalOutcome.Failed ? $"It failed: {change.Message}" : $"It began on {ReportText.Time(change.StartedAt)} and has no end.",
            change.Outcome is JournalOutcome.Failed ? "Run it again once the cause is mended." : "Run it again: it finds what the unfinished one left.");
    }

    public override IEnumerable<ReportChart> Charts() => [new StackChart("Changes over time", null, _times)];
}
