using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>What matches come to. The charts are of the last summary; the table has all.</summary>
internal sealed class AttackSummarySection(int maximumRows) : ReportSection<AttackSummary>("Attacks", maximumRows)
{
    private AttackSummary? _last;

    protected override ReportFinding? Take(AttackSummary summary)
    {
        _last = summary;
        // Bursts have findings of their own.
        return new ReportFinding(AttackParts.StatusOf(summary.Severity) ?? HealthStatus.Healthy, "attacks", $"{summary}.", summary.Matches == 0 ? "" : "See which: Find-OpsAttackPattern");
    }

    public override IEnumerable<ReportFinding> Conclude() => (_last?.Bursts ?? []).Where(b => AttackParts.StatusOf(b.Severity) is not null).Take(20)
        .Select(b => new ReportFinding(AttackParts.StatusOf(b.Severity)!.Value, $"{b.Rule} of {b.Value}", $"{b.Title}: {b}.", b.By == AttackKey.Address ? "Block it: Export-OpsBlockList" : ""));

    public override IEnumerable<ReportChart> Charts()
    {
        if (_last is null) yield break;
        var times = new TimeCounts(new TimeSeries("matches", "level-error"));
        foreach (AttackBucket bucket in _last.Timeline.Where(b => b.Count > 0)) times.Add(bucket.Time, 0, bucket.Count);
        yield return new StackChart("Matches over time", null, times);
        yield return AttackParts.Bars("Kinds", null, _last.Categories.Select(c => new ReportBar(ReportText.Words(c.Name), "", c.Count, 0, ReportText.Number(c.Count))), _last.Categories.Count);
        yield return AttackParts.Bars("Addresses", null, _last.Addresses.Select(AttackOffenderSection.BarOf), (int)Math.Min(int.MaxValue, _last.DistinctAddresses));
        yield return AttackParts.Bars("Rules", null, _last.Rules.Select(AttackOffenderSection.BarOf), _last.Rules.Count);
    }
}
