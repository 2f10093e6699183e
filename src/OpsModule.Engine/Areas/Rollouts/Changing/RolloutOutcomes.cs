using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Watching;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Makes the result of an update.</summary>
internal static class RolloutOutcomes
{
    /// <summary>The result.</summary>
    public static RolloutResult Of(RolloutRun on, RolloutOutcome outcome, IReadOnlyList<string> words, int instances,
        WatchResult? watched = null)
    {
        KeptRevision? from = on.Order.From is { } number ? on.Store.List(on.Order.Service).FirstOrDefault(r => r.Shown.Revision == number)
            : null;
        return new RolloutResult
        {
            Environment = on.Context.Environment.Name, Service = on.Order.Service, Outcome = outcome, Strategy = on.Order.Strategy,
                Words = words.Count == 0 ? null : string.Join(" ", words),
            FromImage = from?.Shown.Image, FromDigest = from?.Shown.Digest, FromRevision = on.Order.From, ToImage = on.Order.Image,
                ToDigest = on.Order.Digest ?? on.Change.Data.GetValueOrDefault(RolloutRun.ImageId) ?? on.Order.ImageId,
            ToRevision = on.Order.Revision, Instances = instances, Proxy = on.Proxy.Words, Requests = watched?.Requests ?? 0,
                FailedRequests = watched?.Failed ?? 0,
            P95Milliseconds = watched?.P95?.TotalMilliseconds, Seconds = Math.Round(on.Seconds, 2), StartedAt = on.StartedAt,
                Change = on.Change.Id, Reason = on.Order.Reason, Steps = [.. on.Steps],
        };
    }
}
