using System.Globalization;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Watches new instances for a time: whether they stay up and well, and how requests are answered, new against old.</summary>
internal sealed class RolloutWatch(RolloutRun on)
{
    private const int FailuresInARow = 3;
    private const double LeastRate = 5, MostRate = 50;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Watches.</summary>
    /// <exception cref="OpsException"><c>WatchFailed</c>, <c>InstanceCrashed</c>.</exception>
    public async Task<WatchResult> RunAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        DateTimeOffset since = on.Context.Time.GetUtcNow();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task<AvailabilityRecord?> asking = AskAsync(instances, over.Token);
        try { await StandAsync(instances, ct).ConfigureAwait(false); }
        catch
        {
            await over.CancelAsync().ConfigureAwait(false);
            await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        return Judge(await asking.ConfigureAwait(false), await on.Proxy.MeasureAsync(instances, since, ct).ConfigureAwait(false));
    }

    /// <summary>Looks each second whether each of them runs and is well.</summary>
    private async Task StandAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        var wait = new InstanceWait(on);
        using InstanceProbe? probe = on.Order.Probe is { } url ? new InstanceProbe(on.Context, url) : null;
        var failing = new Dictionary<string, int>();
        Dictionary<string, int> restarts = instances.ToDictionary(i => i.Id, i => i.Instance.Restarts);
        long start = on.Context.Time.GetTimestamp();
        while (on.Context.Time.GetElapsedTime(start) is var took && took < on.Order.Watch)
        {
            foreach (string id in instances.Select(i => i.Id))
            {
                InstanceFacts? now = await on.Rolling.LookAsync(id, ct).ConfigureAwait(false);
                if (now is null || !now.Runs || now.Instance.Restarts > restarts[id]) throw await wait.CrashedAsync(id, now, took,
                    ct).ConfigureAwait(false);
                (bool? ready, string words) = await wait.AskAsync(now, probe, ct).ConfigureAwait(false);
                failing[id] = ready is false ? failing.GetValueOrDefault(id) + 1 : 0;
                if (failing[id] >= FailuresInARow)
                    throw RolloutErrors.WatchFailed.Make(
                        $"{now} of {on.Order.Image} was ready, and is not any more after {DurationText.Show(took)}: {words}.",
                        "Mend what it says, then bring it out again.", on.Order.Service);
            }
            TimeSpan left = on.Order.Watch - on.Context.Time.GetElapsedTime(start);
            await Task.Delay(left < Again ? left > TimeSpan.Zero ? left : TimeSpan.Zero : Again, on.Context.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Requests of our own, to the service's health URL, which goes the way of its users; else to an instance.</summary>
    private async Task<AvailabilityRecord?> AskAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        Uri? uri = on.Context.Environment.Services.GetValueOrDefault(on.Order.Service)?.Health is { } health ? new Uri(health) : null;
        if (uri is null && on.Order.Probe is { } probe && instances.Count > 0)
        {
            using var asked = new InstanceProbe(on.Context, probe);
            uri = await asked.UrlAsync(instances[0], ct).ConfigureAwait(false);
        }
        if (uri is null) return null;
        var request = new AvailabilityRequest { Uri = uri, Rate = Math.Clamp(on.Order.MinRequests * 1.2 / on.Order.Watch.TotalSeconds,
            LeastRate, MostRate), Duration = on.Order.Watch };
        return await new AvailabilityProbe(on.Context.Time).RunAsync(request, null, ct).ConfigureAwait(false);
    }

    private WatchResult Judge(AvailabilityRecord? asked, (IReadOnlyList<ProxyTraffic> New, IReadOnlyList<ProxyTraffic> Old)? told)
    {
        long requests = (asked?.Requests ?? 0) + (told?.New.Sum(t => t.Requests) ?? 0), failed = (asked?.Failures ?? 0)
            + (told?.New.Sum(t => t.ServerErrors) ?? 0);
        TimeSpan? p95 = new TimeSpan?[] { asked is { } answered && answered.Requests > answered.Failures ? answered.P95
            : null }.Concat(told?.New.Select(t => t.P95) ?? []).Max();
        string counted = $"{failed} of {requests} requests "
            + $"failed{(p95 is { } slow ? $", the slowest of twenty took {DurationText.Show(slow)}" : "")}";
        if (requests < on.Order.MinRequests)
            return new WatchResult(requests, failed, p95, false,
                $"{counted} in {DurationText.Show(on.Order.Watch)}; at least {on.Order.MinRequests} were to be counted, so that "
                + $"nothing is proven");
        // What the old one did as often is not the new one's fault.
        long before = told?.Old.Sum(t => t.Requests) ?? 0;
        double rate = (double)failed / requests, old = before >= on.Order.MinRequests
            ? (double)told!.Value.Old.Sum(t => t.ServerErrors) / before : 0;
        if (rate > Math.Max(on.Order.MaxErrorRate, old))
            throw Failed($"{counted}, {rate.ToString("P1", CultureInfo.InvariantCulture)}; at most "
                + $"{Math.Max(on.Order.MaxErrorRate, old).ToString("P1", CultureInfo.InvariantCulture)} were to");
        if (on.Order.MaxP95 is { } most && p95 > most) throw Failed($"{counted}; at most {DurationText.Show(most)} was asked for");
        return new WatchResult(requests, failed, p95, true, counted);
    }

    private OpsException Failed(string words) => RolloutErrors.WatchFailed.Make($"{on.Order.Image} was watched: {words}.",
        "See its log, mend it, then bring it out again.", on.Order.Service);
}
