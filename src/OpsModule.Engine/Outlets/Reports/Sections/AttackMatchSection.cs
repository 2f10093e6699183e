using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Matches of attack rules: when, what kind, from where.</summary>
internal sealed class AttackMatchSection(int maximumRows) : ReportSection<AttackMatch>("Attack matches", maximumRows)
{
    private readonly TimeCounts _times = AttackParts.Times();
    private readonly AttackTally _tally = new([]);

    public override string? Summary => $"{_tally.Summarize(1)}.";

    protected override ReportFinding? Take(AttackMatch match)
    {
        _tally.Add(match);
        if (match.Time is { } time) _times.Add(time, AttackParts.PlaceOf(match.Severity));
        return null;
    }

    protected override HealthStatus? Mark(AttackMatch match) => AttackParts.StatusOf(match.Severity);

    // One finding for each kind of attack: a page of single matches would be read by nobody.
    public override IEnumerable<ReportFinding> Conclude()
    {
        foreach (AttackOffender rule in _tally.Top(AttackKey.Rule, 20))
            if (AttackParts.StatusOf(rule.Severity) is { } status)
                yield return new ReportFinding(status, $"attacks: {rule.Value}", $"{ReportText.Count(rule.Count, "match", "matches")}, the worst is {rule.Severity}.", $"See which: Find-OpsAttackPattern -Rule {rule.Value}");
    }

    public override IEnumerable<ReportChart> Charts()
    {
        AttackSummary summary = _tally.Summarize(15);
        yield return new StackChart("Matches over time", null, _times);
        yield return AttackParts.Bars("Kinds", null, summary.Categories.Select(c => new ReportBar(ReportText.Words(c.Name), "", c.Count, 0, ReportText.Number(c.Count))), summary.Categories.Count);
        yield return AttackParts.Bars("Addresses", null, summary.Addresses.Select(AttackOffenderSection.BarOf), (int)Math.Min(int.MaxValue, summary.DistinctAddresses));
    }
}
