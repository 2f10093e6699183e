using OpsModule.Engine.Changes;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Reports how far a stream of known or estimated size is.</summary>
internal sealed class BackupProgress(OpsContext context, int id, string activity, long expectedBytes)
{
    private readonly long _started = context.Time.GetTimestamp();
    private long _lastReport;

    public void Report(long bytes)
    {
        TimeSpan elapsed = context.Time.GetElapsedTime(_started);
        if (elapsed.Ticks - _lastReport < TimeSpan.TicksPerSecond / 4) return;
        _lastReport = elapsed.Ticks;
        double rate = bytes / elapsed.TotalSeconds;
        int percent = expectedBytes <= 0 ? -1 : (int)Math.Min(99, bytes * 100.0 / expectedBytes);
        TimeSpan? left = expectedBytes > bytes && rate > 0 ? TimeSpan.FromSeconds((expectedBytes - bytes) / rate) : null;
        context.Reporter.Progress(new OpsProgress(id, activity, $"{SizeText.Show(bytes)}, {SizeText.Show(rate)}/s", percent, left));
    }

    public void Close() => context.Reporter.Progress(new OpsProgress(id, activity, "Done", 100, Completed: true));
}
