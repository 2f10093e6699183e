using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>What takes room: how full file systems are, and what else is large. It is not judged: Test-OpsHealth holds it against levels.</summary>
internal sealed class DiskSection(int maximumRows) : ReportSection<DiskUsage>("Disks", maximumRows)
{
    private readonly Most<ReportBar> _full = new(25, b => b.Value), _large = new(15, b => b.Value);

    protected override ReportFinding? Take(DiskUsage usage)
    {
        string name = ReportText.Cut(usage.Path ?? usage.Name);
        if (usage.UsedPercent is { } percent)
            _full.Add(new ReportBar(name, usage.FreeBytes is { } free ? $"{ReportText.Bytes(free)} free" : "", percent, 100, LevelText.Show(percent, FigureUnit.Percent)));
        if (usage.Kind is not DiskUsageKind.FileSystem)
            _large.Add(new ReportBar(ReportText.Cut(usage.Name), ReportText.Words($"{usage.Kind}"), usage.SizeBytes, 0, ReportText.Bytes(usage.SizeBytes)));
        return null;
    }

    public override IEnumerable<ReportChart> Charts()
    {
        // Free space from 20% down is Degraded and from 10% down Unhealthy: the same, seen from the other side.
        (double? warning, double? critical) = Known.LevelsOf("disk.free");
        yield return new BarChart("How full file systems are", null, [.. _full.Items.Select(b => b with { Warning = 100 - warning, Critical = 100 - critical })], _full.Total);
        double largest = _large.Items.Count == 0 ? 0 : _large.Items[0].Value;
        yield return new BarChart("What takes room", null, [.. _large.Items.Select(b => b with { Full = largest })], _large.Total);
    }
}
