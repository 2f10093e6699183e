namespace OpsModule.Engine.Areas.Rollouts.Watching;

/// <summary>How many requests were seen.</summary>
/// <param name="Requests">All.</param>
/// <param name="Failed">Those that failed.</param>
internal readonly record struct WatchCount(long Requests, long Failed)
{
    /// <summary>The share that failed, of 1; only where there were any.</summary>
    public double Rate => (double)Failed / Requests;
}
