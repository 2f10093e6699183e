using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>What one record, or several together, say about how well things are.</summary>
/// <param name="Status">How well it is.</param>
/// <param name="About">What it is about.</param>
/// <param name="Message">What was found, in words.</param>
/// <param name="Remedy">What to do; empty when nothing is to be done.</param>
internal sealed record ReportFinding(HealthStatus Status, string About, string Message, string Remedy = "");

/// <summary>All findings of a report: counted all, kept as many as a person would read.</summary>
internal sealed class ReportTally
{
    private const int Kept = 100;

    private readonly Dictionary<HealthStatus, int> _counts = [];
    private readonly Dictionary<HealthStatus, List<ReportFinding>> _bad = [];

    public int Judged => _counts.Values.Sum();

    public int Attention => Judged - Count(HealthStatus.Healthy);

    public int Count(HealthStatus status) => _counts.GetValueOrDefault(status);

    /// <summary>The worst there is; null when nothing was judged.</summary>
    public HealthStatus? Verdict => _counts.Count == 0 ? null : _counts.Keys.MaxBy(HealthSummary.Rank);

    /// <summary>What is not well, the worst first.</summary>
    public IEnumerable<ReportFinding> Worst => _bad.OrderByDescending(p => HealthSummary.Rank(p.Key)).SelectMany(p => p.Value).Take(Kept);

    public void Add(ReportFinding finding)
    {
        _counts[finding.Status] = Count(finding.Status) + 1;
        if (finding.Status is HealthStatus.Healthy) return;
        if (!_bad.TryGetValue(finding.Status, out List<ReportFinding>? same)) _bad[finding.Status] = same = [];
        if (same.Count < Kept) same.Add(finding with { About = ReportText.Cut(finding.About), Message = ReportText.Cut(finding.Message), Remedy = ReportText.Cut(finding.Remedy) });
    }
}
