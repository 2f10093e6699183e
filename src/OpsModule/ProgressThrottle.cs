using System.Management.Automation;
using OpsModule.Foundations.Reporting;

namespace OpsModule;

/// <summary>Which progress is worth showing. Asked before anything is queued, so that a body that reports at every block costs nothing.</summary>
internal sealed class ProgressThrottle
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<int> _open = [];
    private readonly Dictionary<int, DateTime> _last = [];

    public bool IsDue(OpsProgress progress)
    {
        lock (_last)
        {
            DateTime now = DateTime.UtcNow;
            if (progress.Completed) return _open.Remove(progress.Id);
            if (!_open.Add(progress.Id) && now - _last[progress.Id] < Interval) return false;
            _last[progress.Id] = now;
            return true;
        }
    }

    /// <summary>The same for PowerShell.</summary>
    public static ProgressRecord ToRecord(OpsProgress progress) => new(progress.Id, progress.Activity, progress.Status.Length == 0 ? " " : progress.Status)
    {
        PercentComplete = progress.PercentComplete,
        SecondsRemaining = progress.Remaining is { } left ? (int)Math.Min(left.TotalSeconds, int.MaxValue) : -1,
        ParentActivityId = progress.ParentId,
        RecordType = progress.Completed ? ProgressRecordType.Completed : ProgressRecordType.Processing,
    };

    /// <summary>The activities that are still shown; none is from here on.</summary>
    public int[] CloseAll()
    {
        lock (_last)
        {
            int[] open = [.. _open];
            _open.Clear();
            return open;
        }
    }
}
