using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Changes of health: when, and where things stand now. Only the last change of each thing is judged.</summary>
internal sealed class HealthChangeSection(int maximumRows) : ReportSection<HealthChange>("Changes of health", maximumRows)
{
    private const int MostThings = 1000;

    private readonly Dictionary<string, HealthChange> _last = [];
    private readonly TimeCounts _counts = new([.. Enum.GetValues<HealthStatus>().Select(s => new TimeSeries($"became {s}", ReportChart.ClassOf(s)))]);

    protected override ReportFinding? Take(HealthChange change)
    {
        _counts.Add(change.Time, (int)change.Status);
        string thing = $"{change.Check} of {change.Target}";
        if (_last.Count < MostThings || _last.ContainsKey(thing)) _last[thing] = change;
        return null;
    }

    protected override HealthStatus? Mark(HealthChange change) => change.Status;

    public override IEnumerable<ReportFinding> Conclude() => _last.Values.Select(change =>
    {
        ReportFinding finding = change.Result is { } result ? HealthSection.FindingOf(result with { Message = change.Message,
            Remedy = change.Remedy })
            : new ReportFinding(change.Status, $"{change.Check} of {change.Target}", change.Message, change.Remedy);
        return finding with { Status = change.Status, Message = change.Flapping ? $"Changes to and fro. {finding.Message}"
            : finding.Message };
    });

    public override IEnumerable<ReportChart> Charts() => [new StackChart("Changes over time", null, _counts)];
}
