using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Availability: a line of time for each endpoint with its gaps, and how fast it answered.</summary>
internal sealed class AvailabilitySection(int maximumRows) : ReportSection<AvailabilityRecord>("Availability", maximumRows)
{
    private const int MostGaps = 200;

    private readonly Most<ReportLine> _lines = new(20, l => HealthSummary.Rank(l.Status));
    private readonly List<ReportBar> _latencies = [];
    private int _total;

    protected override ReportFinding Take(AvailabilityRecord record)
    {
        HealthStatus status = record.Requests == 0 ? HealthStatus.Unknown : record.Failures == 0 ? HealthStatus.Healthy : HealthStatus.Degraded;
        string share = LevelText.Show(Math.Floor(record.Availability * 1000) / 1000, FigureUnit.Count) + "%";
        string uri = ReportText.Cut(record.Uri), text = $"{share} of {ReportText.Count(record.Requests, "request")}";
        ReportSpan[] gaps = [.. record.Gaps.OrderByDescending(g => g.Duration).Take(MostGaps).Select(g => new ReportSpan(g.StartedAt, g.Duration, $"{ReportText.Time(g.StartedAt)} for {DurationText.Show(g.Duration)}: {ReportText.Cut(g.Reason)}"))];
        _lines.Add(new ReportLine(uri, text, status, record.StartedAt, record.Duration, gaps, record.Gaps.Count));
        _total += 4;
        if (_latencies.Count < 40)
            foreach ((string name, TimeSpan time) in new[] { ("half came within", record.P50), ("95% came within", record.P95), ("99% came within", record.P99), ("the slowest", record.Slowest) })
                _latencies.Add(new ReportBar(name, uri, time.TotalMilliseconds, record.Slowest.TotalMilliseconds, DurationText.Show(time)));
        string remedy = status is HealthStatus.Healthy ? "" : "Look into the logs of that time: Get-OpsLog -Since ... -Until ...";
        return new ReportFinding(status, record.Uri, record.Requests == 0 ? "No request was sent." : $"{text} were answered well; {ReportText.Count(record.Failures, "request")} failed, the longest gap was {DurationText.Show(record.LongestGap)}.", remedy);
    }

    public override IEnumerable<ReportChart> Charts()
    {
        yield return new SpanChart("When it answered", null, _lines.Items);
        yield return new BarChart("How fast it answered", "Good answers only; counted from the moment each request was to be sent.", _latencies, _total);
    }
}
