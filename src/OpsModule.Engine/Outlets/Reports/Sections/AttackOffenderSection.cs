using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Who, or what, has many matches.</summary>
internal sealed class AttackOffenderSection(int maximumRows) : ReportSection<AttackOffender>("Attack offenders", maximumRows)
{
    private readonly Dictionary<AttackKey, Most<ReportBar>> _bars = [];

    protected override ReportFinding? Take(AttackOffender offender)
    {
        if (!_bars.TryGetValue(offender.By, out Most<ReportBar>? bars)) _bars[offender.By] = bars = new Most<ReportBar>(15, b => b.Value);
        bars.Add(BarOf(offender));
        return null;
    }

    protected override HealthStatus? Mark(AttackOffender offender) => AttackParts.StatusOf(offender.Severity);

    public override IEnumerable<ReportChart> Charts() => _bars.Select(b => AttackParts.Bars($"By {b.Key.ToString().ToLowerInvariant()}", null, b.Value.Items, b.Value.Total));

    public static ReportBar BarOf(AttackOffender offender) => new(ReportText.Cut(offender.Value), string.Join(", ", offender.Categories.Take(3).Select(c => ReportText.Words($"{c}"))),
        offender.Count, 0, ReportText.Number(offender.Count), AttackParts.StatusOf(offender.Severity));
}
