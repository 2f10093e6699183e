using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Reports;

/// <summary>Reports of one test, in a folder of its own, on the morning of the samples.</summary>
internal sealed class ReportLab : IDisposable
{
    private sealed class Morning : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => ReportSamples.Now;
    }

    public TempFolder Folder { get; } = new();

    public string File => Folder["report.html"];

    public (ReportRecord Record, string Html) Write(IEnumerable<object> records, int rows = 500, string? title = null, bool replace = false)
    {
        var report = new ReportBuilder(rows, new Morning());
        foreach (object record in records) report.Add(record);
        ReportRecord written = report.Write(File, title, replace);
        if (Environment.GetEnvironmentVariable("OPS_KEEP_REPORT") is { } kept) System.IO.File.Copy(File, kept, overwrite: true);
        return (written, System.IO.File.ReadAllText(File));
    }

    public void Dispose() => Folder.Dispose();
}
