using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>What was measured of new instances.</summary>
/// <param name="Requests">How many requests.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="P95">How slow the slowest of twenty was, of the slowest instance; null where none was sent.</param>
internal sealed record WatchFigures(long Requests, long Failed, TimeSpan? P95);

/// <summary>Asks new instances whether they serve, and watches them for a while.</summary>
internal sealed class WorkloadWatch(ChangeRun run, WorkloadFollower follower, WorkloadArguments asked)
{
    private const string Instance = "{instance}";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), Second = TimeSpan.FromSeconds(1);

    /// <summary>Asks each new instance, for a second.</summary>
    /// <exception cref="OpsException"><c>InstanceNotReady</c> when one answers badly.</exception>
    public async Task<WatchFigures> ProbeAsync(WorkloadProgress now, CancellationToken cancellationToken)
    {
        AvailabilityRecord[] all = await MeasureAsync(now, asked.Probe, Second, 4, cancellationToken).ConfigureAwait(false);
        return all.FirstOrDefault(a => a.Failures > 0) is { } bad ? throw RolloutErrors.InstanceNotReady.Make(
            $"The new version of {asked.Service} is up and does not answer well: {bad.Failures} of {bad.Requests} requests to "
                + $"{bad.Uri} failed"
                + $"{(bad.Gaps.Count > 0 ? $" ({bad.Gaps[0].Reason})" : "")}.", "Correct -Probe, or the new version.", asked.Service)
                    : Sum(all);
    }

    /// <summary>Watches for as long as was asked: instances must stay ready, and answers good and fast.</summary>
    /// <exception cref="OpsException"><c>WatchFailed</c>, <c>WorkloadMoved</c>.</exception>
    public async Task<WatchFigures> WatchAsync(WorkloadProgress now, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<AvailabilityRecord[]> measuring = MeasureAsync(now, asked.Endpoint ?? asked.Probe, asked.Watch, 10, stop.Token);
        try { await StayAsync(now, cancellationToken).ConfigureAwait(false); }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)measuring).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        WatchFigures figures = Sum(await measuring.ConfigureAwait(false));
        if (figures.Requests >= asked.MinRequests && (double)figures.Failed / figures.Requests > asked.MaxErrorRate)
            throw Failed($"{figures.Failed} of {figures.Requests} requests failed");
        if (figures.Requests >= asked.MinRequests && asked.MaxLatency is { } most && figures.P95 > most)
            throw Failed($"one of twenty answers took {figures.P95.Value.TotalMilliseconds:0} ms or more");
        return figures;
    }

    private async Task StayAsync(WorkloadProgress first, CancellationToken cancellationToken)
    {
        Dictionary<string, int> restarts = first.New.ToDictionary(i => i.Id, i => i.Restarts);
        long start = run.Context.Time.GetTimestamp();
        while (run.Context.Time.GetElapsedTime(start) < asked.Watch)
        {
            await Task.Delay(Interval < asked.Watch ? Interval : asked.Watch, run.Context.Time, cancellationToken).ConfigureAwait(false);
            if (await follower.TryLookAsync(cancellationToken).ConfigureAwait(false) is not { } now) continue;
            if (now.Workload.Uid != first.Workload.Uid || now.Workload.Template != first.Workload.Template) throw follower.Moved(now);
            if (now.New.FirstOrDefault(i => i.Restarts > restarts.GetValueOrDefault(i.Id)) is { } again)
                throw Failed($"{InstanceWords.Of(again)}");
            if (now.New.FirstOrDefault(i => restarts.ContainsKey(i.Id) && !i.IsReady) is { } lame) throw Failed(InstanceWords.Of(lame));
        }
    }

    private async Task<AvailabilityRecord[]> MeasureAsync(WorkloadProgress now, string? probe, TimeSpan time, double rate,
        CancellationToken cancellationToken)
    {
        if (probe is null) return [];
        var uris = new List<Uri>();
        if (!probe.Contains(Instance, StringComparison.Ordinal)) uris.Add(new Uri(probe));
        else
            foreach (ServiceInstance instance in now.New.Where(i => i.IsReady))
            {
                // An address of a pod leads nowhere from here.
                var meant = new Uri(probe.Replace(Instance, "instance", StringComparison.Ordinal));
                PortRoute route = await run.Context.ReachAsync(instance, meant.Port, cancellationToken).ConfigureAwait(false);
                uris.Add(new UriBuilder(meant) { Host = route.Host, Port = route.Port }.Uri);
            }
        return await Task.WhenAll(uris.Select(u => new AvailabilityProbe(run.Context.Time).RunAsync(
            new AvailabilityRequest { Uri = u, Rate = rate, Duration = time }, null, cancellationToken))).ConfigureAwait(false);
    }

    private static WatchFigures Sum(AvailabilityRecord[] all) => new(all.Sum(a => (long)a.Requests), all.Sum(a => (long)a.Failures),
        all.Length == 0 ? null : all.Max(a => a.P95));

    private OpsException Failed(string what) => RolloutErrors.WatchFailed.Make(
        $"The new version of {asked.Service} failed while it was watched for {DurationText.Show(asked.Watch)}: {what}.",
        $"See what it says: Get-OpsLog {asked.Service}.", asked.Service);
}
