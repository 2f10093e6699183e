namespace OpsModule.Engine.Areas.Rollouts.Watching;

/// <summary>What came of a watch.</summary>
/// <param name="Requests">How many requests were counted.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="P95">How slow the slowest of twenty was; null where none was counted.</param>
/// <param name="IsProven">True where there were enough.</param>
/// <param name="Words">In words.</param>
internal sealed record WatchResult(long Requests, long Failed, TimeSpan? P95, bool IsProven, string Words);
