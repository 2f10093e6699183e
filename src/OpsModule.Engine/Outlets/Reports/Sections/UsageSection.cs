using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>What instances and the host use. It is not judged: Test-OpsHealth holds it against levels.</summary>
internal sealed class UsageSection(int maximumRows) : ReportSection<ResourceUsage>("Resource usage", maximumRows)
{
    private readonly Most<ReportBar> _cpu = new(25, b => b.Value), _memory = new(25, b => b.Value);

    protected override ReportFinding? Take(ResourceUsage usage)
    {
        (string label, string detail) = (ReportText.Cut(usage.Instance), usage.Service is null ? "host" : usage.Service);
        _cpu.Add(new ReportBar(label, detail, usage.CpuPercent, 0, LevelText.Show(usage.CpuPercent, FigureUnit.Percent)));
        string share = usage.MemoryPercent is { } percent ? $", {LevelText.Show(percent, FigureUnit.Percent)}" : "";
        _memory.Add(new ReportBar(label, detail, usage.MemoryBytes, usage.MemoryLimitBytes ?? 0, ReportText.Bytes(usage.MemoryBytes) + share));
        return null;
    }

    public override IEnumerable<ReportChart> Charts()
    {
        double busiest = _cpu.Items.Count == 0 ? 0 : Math.Max(100, _cpu.Items.Max(b => b.Value)), most = _memory.Items.Count == 0 ? 0 : _memory.Items.Max(b => b.Value);
        yield return new BarChart("Processors", "100% is one core that is always busy.", [.. _cpu.Items.Select(b => b with { Full = busiest })], _cpu.Total);
        yield return new BarChart("Memory", "The whole width is the limit; without a limit, what the largest one uses.", [.. _memory.Items.Select(b => b.Full > 0 ? b : b with { Full = most })], _memory.Total);
    }
}
