using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Health: everything at a glance, figures against their levels, and how fast answers came.</summary>
internal sealed class HealthSection(int maximumRows) : ReportSection<HealthResult>("Health", maximumRows)
{
    private const string OwnChecks = "checks of this environment";

    private static readonly HashSet<string> Groups = ["service", "http", "database", "cache", "disk", "memory", "cpu", "load", "certificate", "backup", "journal"];

    private readonly Most<ReportTile> _tiles = new(300, t => HealthSummary.Rank(t.Status!.Value));
    private readonly Most<ReportBar> _figures = new(40, b => HealthSummary.Rank(b.Status!.Value));
    private readonly Most<ReportBar> _latencies = new(12, b => b.Value);
    private readonly int[] _counts = new int[4];

    public override string Summary
    {
        get
        {
            string bad = string.Join(", ", Enum.GetValues<HealthStatus>().Where(s => s != HealthStatus.Healthy && _counts[(int)s] > 0).Select(s => $"{_counts[(int)s]} {s.ToString().ToLowerInvariant()}"));
            return bad.Length == 0 ? $"{ReportText.Count(Table.Count, "check")}, all healthy." : $"{ReportText.Count(Table.Count, "check")}: {bad}.";
        }
    }

    protected override ReportFinding Take(HealthResult result)
    {
        _counts[(int)result.Status]++;
        string group = result.Check.Split('.')[0] switch { "memory" or "cpu" or "load" or "disk" => "machine", "http" => "service", var known when Groups.Contains(known) => known, _ => OwnChecks };
        _tiles.Add(new ReportTile(group, ReportText.Cut($"{result.Check}"), ReportText.Cut(result.Value is { } value ? $"{result.Target}: {value}" : result.Target), result.Status));
        if (BarOf(result) is { } bar) _figures.Add(bar);
        if (result.Latency is { } latency)
            _latencies.Add(new ReportBar(ReportText.Cut(result.Target), result.Check, latency.TotalMilliseconds, 0, DurationText.Show(latency), result.Status));
        return FindingOf(result);
    }

    /// <summary>What a result says, for the list of what needs attention.</summary>
    public static ReportFinding FindingOf(HealthResult result)
    {
        // The figure stands beside the message: once is enough.
        string message = result.Message, value = result.Value ?? "";
        int end = message.IndexOf("): ", StringComparison.Ordinal);
        if (value.Length > 0 && end > 0 && message.StartsWith(value + " (", StringComparison.Ordinal)) message = message[(end + 3)..];
        string host = result.Check.Split('.')[0];
        bool machine = host is "cpu" or "memory" or "load" or "disk";
        return new ReportFinding(result.Status, ReportText.Cut($"{result.Check} of {result.Target}"), message, result.Remedy)
        {
            Figure = result.Value is null ? null : ReportText.Cut(result.Threshold is { } levels ? $"{value}, level {levels}" : value),
            Environment = ReportText.Cut(result.Environment ?? ""),
            Subject = machine ? "this machine" : ReportText.Cut(result.Target),
            CausedBy = result.CausedBy is { } cause ? ReportText.Cut(cause) : null,
            Runbook = Uri.TryCreate(result.Runbook, UriKind.Absolute, out Uri? at) && at.Scheme is "http" or "https" ? result.Runbook
                : null,
            Weight = result.Check is "service.state" or "service.http" or "database.connect" or "cache.connect" ? 0
                : host is "cpu" or "memory" or "load" ? 2 : 1,
        };
    }

    public override IEnumerable<ReportChart> Charts()
    {
        yield return new TileChart("All checks", null, [.. _tiles.Items.OrderBy(t => t.Group == OwnChecks).ThenBy(t => t.Group, StringComparer.Ordinal)], _tiles.Total);
        yield return new BarChart("Figures against their levels", "Each bar has a scale of its own; percentages go to 100.", _figures.Items, _figures.Total);
        double slowest = _latencies.Items.Count == 0 ? 0 : _latencies.Items.Max(b => b.Value);
        yield return new BarChart("Slowest answers", "How long each target took to answer this check.", [.. _latencies.Items.Select(b => b with { Full = slowest })], _latencies.Total);
    }

    private static ReportBar? BarOf(HealthResult result)
    {
        if (result.Number is not { } number || result.Unit is not { } unit || double.IsNaN(number)) return null;
        (double? warning, double? critical) = ReportKnown.LevelsIn(result.Threshold, unit);
        if ((warning ?? critical) is null) return null;
        double full = unit == FigureUnit.Percent ? 100 : Math.Max(number, Math.Max(warning ?? 0, critical ?? 0)) * 1.1;
        return new ReportBar(ReportText.Cut(result.Check), ReportText.Cut(result.Target), number, full, result.Value ?? LevelText.Show(number, unit), result.Status, warning, critical);
    }
}
