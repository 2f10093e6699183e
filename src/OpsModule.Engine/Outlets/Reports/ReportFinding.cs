using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>What one record, or several together, say about how well things are.</summary>
/// <param name="Status">How well it is.</param>
/// <param name="About">What it is about.</param>
/// <param name="Message">What was found, in words.</param>
/// <param name="Remedy">What to do; empty when nothing is to be done.</param>
internal sealed record ReportFinding(HealthStatus Status, string About, string Message, string Remedy = "")
{
    /// <summary>The figure and the levels it was held against; null where there is none.</summary>
    public string? Figure { get; init; }

    /// <summary>The environment; null where it is not known.</summary>
    public string? Environment { get; init; }

    /// <summary>What findings are gathered by: a service, a database, a machine; null for one that stands alone.</summary>
    public string? Subject { get; init; }

    /// <summary>What another finding is about that this one follows from; null for none.</summary>
    public string? CausedBy { get; init; }

    /// <summary>An http or https address where more is written; null for none.</summary>
    public string? Runbook { get; init; }

    /// <summary>The lower, the earlier among those that are as bad: what is down, everything else, how busy a machine is.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>The title of the section that holds its record.</summary>
    public string? SectionTitle { get; init; }
}

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
