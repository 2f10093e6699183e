using OpsModule.Engine.Environments;
using OpsModule.Engine.Reports.Charts;
using OpsModule.Engine.Storage;

namespace OpsModule.Engine.Reports.Sections;

/// <summary>What takes room: how full file systems are, and what else is large. It is not judged: Test-OpsHealth holds it against levels.</summary>
internal sealed class DiskSection(int maximumRows) : ReportSection<DiskUsage>("Disks", maximumRows)
{
    // Free space from 20% down is Degraded and from 10% down Unhealthy: the same, seen from the other side.
    private static readonly (double? Warning, double? Critical) Used = (UsedAt(Figures.Find("disk.free")!.Warning), UsedAt(Figures.Find("disk.free")!.Critical));

    private readonly Most<ReportBar> _full = new(25, b => b.Value), _large = new(15, b => b.Value);

    protected override ReportFinding? Take(DiskUsage usage)
    {
        string name = ReportText.Cut(usage.Path ?? usage.Name);
        if (usage.UsedPercent is { } percent)
            _full.Add(new ReportBar(name, usage.FreeBytes is { } free ? $"{ReportText.Bytes(free)} free" : "", percent, 100, LevelText.Show(percent, FigureUnit.Percent), null, Used.Warning, Used.Critical));
        if (usage.Kind is not DiskUsageKind.FileSystem)
            _large.Add(new ReportBar(ReportText.Cut(usage.Name), ReportText.Words($"{usage.Kind}"), usage.SizeBytes, 0, ReportText.Bytes(usage.SizeBytes)));
        return null;
    }

    public override IEnumerable<ReportChart> Charts()
    {
        yield return new BarChart("How full file systems are", "With the built-in levels.", _full.Items, _full.Total);
        double largest = _large.Items.Count == 0 ? 0 : _large.Items[0].Value;
        yield return new BarChart("What takes room", null, [.. _large.Items.Select(b => b with { Full = largest })], _large.Total);
    }

    private static double? UsedAt(string? free) => free is not null && LevelText.TryParse(free, FigureUnit.Percent, out double level) ? 100 - level : null;
}
