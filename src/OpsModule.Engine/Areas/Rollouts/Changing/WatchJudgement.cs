using System.Globalization;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Judges what was seen of requests in a watch.</summary>
internal sealed class WatchJudgement(RolloutOrder order)
{
    /// <summary>True where requests of our own went the way of the users', so that a proxy has counted them as well.</summary>
    public bool GoesByUsersWay { get; init; }

    /// <summary>What the proxy has seen of the old instances before they went.</summary>
    public WatchCount Before { get; init; }

    /// <summary>Judges.</summary>
    /// <param name="asked">Requests of our own.</param>
    /// <param name="told">What the proxy has seen of new instances, of old ones beside them, and of nobody; null where it does not
    /// tell.</param>
    /// <exception cref="OpsException"><c>WatchFailed</c>.</exception>
    public WatchResult Of(IReadOnlyList<AvailabilityRecord> asked, ProxyShare? told)
    {
        var own = new WatchCount(asked.Sum(a => (long)a.Requests), asked.Sum(a => (long)a.Failures));
        // Where the proxy had nobody to send a request to, the new instances were not there for it: that is theirs.
        WatchCount seen = Sum(told?.Own.Concat(told.Nobody));
        // Ours are among those that the proxy has seen, where they went through it, and each is counted once.
        WatchCount all = !GoesByUsersWay ? new WatchCount(own.Requests + seen.Requests, own.Failed + seen.Failed)
            : own.Requests > seen.Requests ? own : seen;
        TimeSpan? p95 = asked.Where(a => a.Requests > a.Failures).Select(a => (TimeSpan?)a.P95)
            .Concat(told?.Own.Select(t => t.P95) ?? []).Max();
        double most = Math.Max(order.MaxErrorRate, OldRate(Sum(told?.Others)));
        // What fails before it comes to the proxy is none of the proxy's figures: each source that has enough is judged by itself, too.
        foreach (WatchCount one in new[] { own, seen, all })
            if (IsEnough(one) && one.Rate > most) throw Failed($"{Show(one, p95)}, {Percent(one.Rate)}; at most {Percent(most)} were to");
        string counted = Show(all, p95);
        if (all.Requests < order.MinRequests)
            return new WatchResult(all.Requests, all.Failed, p95, false,
                $"{counted} in {DurationText.Show(order.Watch)}; at least {order.MinRequests} were to be counted, so that "
                + $"nothing is proven");
        if (order.MaxP95 is { } slowest && p95 > slowest) throw Failed($"{counted}; at most {DurationText.Show(slowest)} was asked for");
        return new WatchResult(all.Requests, all.Failed, p95, true, counted);
    }

    /// <summary>What the old one did as often is not the new one's fault. While old ones serve beside the new ones the figures of that
    /// time count, else those from before they went.</summary>
    private double OldRate(WatchCount beside) => IsEnough(beside) ? beside.Rate : IsEnough(Before) ? Before.Rate : 0;

    private bool IsEnough(WatchCount count) => count.Requests > 0 && count.Requests >= order.MinRequests;

    private static WatchCount Sum(IEnumerable<ProxyTraffic>? traffic) =>
        new(traffic?.Sum(t => t.Requests) ?? 0, traffic?.Sum(t => t.ServerErrors) ?? 0);

    private static string Show(WatchCount count, TimeSpan? p95) => $"{count.Failed} of {count.Requests} requests "
        + $"failed{(p95 is { } slow ? $", the slowest of twenty took {DurationText.Show(slow)}" : "")}";

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private OpsException Failed(string words) => RolloutErrors.WatchFailed.Make($"{order.Image} was watched: {words}.",
        "See its log, mend it, then bring it out again.", order.Service);
}
