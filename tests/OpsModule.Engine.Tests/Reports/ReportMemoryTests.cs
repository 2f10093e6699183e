using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Outlets.Reports;

namespace OpsModule.Engine.Tests.Reports;

/// <summary>Memory is counted for the whole process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(ReportMemoryTests), DisableParallelization = true)]
[Collection(nameof(ReportMemoryTests))]
public sealed class ReportMemoryTests : IDisposable
{
    private readonly ReportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_report_keeps_no_more_memory_for_a_hundred_thousand_entries_than_it_shows()
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var report = new ReportBuilder(200, TimeProvider.System);
        string line = new('x', 5000);
        for (int i = 0; i < 100_000; i++) report.Add(new LogEntry { Service = "api", Instance = "api", Level = (LogLevel)(i % 7), Message = line + i, Raw = "", Time = ReportSamples.Now.AddSeconds(i) });
        // All of them would be a gigabyte.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 100L << 20);
        report.Write(_lab.File, null, replace: false);
    }
}
