using System.Globalization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Watches new instances for a time: whether they stay up and well, and how requests are answered, new against old.</summary>
internal sealed class RolloutWatch(RolloutRun on)
{
    private const int FailuresInARow = 3;
    private const double LeastRate = 5, MostRate = 50;
    private const string Requests = "watch-requests", Failures = "watch-failures", Slow = "watch-p95", Proven = "watch-proven",
        Words = "watch-words", CountedFrom = "counted-from", OldRequests = "old-requests-", OldFailures = "old-failures-";

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>What came of it, in this run or in one before; null where nothing was asked for.</summary>
    public WatchResult? Result => on.Order.Watch <= TimeSpan.Zero ? null : !on.Change.Data.TryGetValue(Proven, out string? proven)
        ? new WatchResult(0, 0, null, false, "Whether the watch came to its end is not known, so that nothing is proven")
        : new WatchResult(Number(Requests), Number(Failures), on.Change.Data.TryGetValue(Slow, out string? slow)
            ? TimeSpan.FromMicroseconds(long.Parse(slow, CultureInfo.InvariantCulture)) : null, bool.Parse(proven),
            on.Change.Data.GetValueOrDefault(Words, ""));

    /// <summary>Has the proxy count from now on what the old instances answer: only so the new ones are held to what they did.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        if (on.Order.Watch <= TimeSpan.Zero || !on.Proxy.IsThere || on.Change.Data.ContainsKey(CountedFrom)) return;
        HashSet<string> ran = [.. on.Ran];
        await on.StepAsync("count-old", async () =>
        {
            IReadOnlyList<InstanceFacts> there = await on.ListAsync(ct).ConfigureAwait(false);
            // A run before this one may have come further: then it is too late.
            bool isFirst = there.All(i => !i.Runs || ran.Contains(i.Id));
            if (!isFirst || !await on.Proxy.CountFromNowAsync(there, ct).ConfigureAwait(false)) return "";
            await on.NoteAsync("counted-old", new Dictionary<string, string>
            {
                [CountedFrom] = on.Context.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
            }).ConfigureAwait(false);
            return "";
        }).ConfigureAwait(false);
    }

    /// <summary>Notes what the proxy has seen of old instances while they still serve: afterwards it knows them no more.</summary>
    public async Task NoteOldAsync(string round, IReadOnlyList<InstanceFacts> going, CancellationToken ct)
    {
        if (!on.Change.Data.TryGetValue(CountedFrom, out string? from) || on.Change.Data.ContainsKey(OldRequests + round)
            || going.Count == 0) return;
        DateTimeOffset since = DateTimeOffset.Parse(from, CultureInfo.InvariantCulture);
        if (await on.Proxy.MeasureAsync(going, since, ct).ConfigureAwait(false) is not { } told) return;
        await on.NoteAsync("look-old-" + round, new Dictionary<string, string>
        {
            [OldRequests + round] = Text(told.Own.Sum(t => t.Requests)), [OldFailures + round] = Text(told.Own.Sum(t => t.ServerErrors)),
        }).ConfigureAwait(false);
    }

    /// <summary>Watches, unless a run before has, and notes what came of it.</summary>
    /// <exception cref="OpsException"><c>WatchFailed</c>, <c>InstanceCrashed</c>.</exception>
    public async Task RunOnceAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        if (on.Order.Watch <= TimeSpan.Zero || on.Change.Data.ContainsKey(Proven)) return;
        await on.StepAsync("watch", async () =>
        {
            WatchResult seen = await RunAsync(instances, ct).ConfigureAwait(false);
            var note = new Dictionary<string, string>
            {
                [Requests] = Text(seen.Requests), [Failures] = Text(seen.Failed),
                [Proven] = seen.IsProven.ToString(), [Words] = seen.Words,
            };
            if (seen.P95 is { } slow) note[Slow] = Text((long)slow.TotalMicroseconds);
            await on.NoteAsync("watched", note).ConfigureAwait(false);
            return seen.Words;
        }).ConfigureAwait(false);
    }

    private async Task<WatchResult> RunAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        DateTimeOffset since = on.Context.Time.GetUtcNow();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task<AvailabilityRecord[]> asking = AskAsync(instances, over.Token);
        try { await StandAsync(instances, ct).ConfigureAwait(false); }
        catch
        {
            await over.CancelAsync().ConfigureAwait(false);
            await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        return new WatchJudgement(on.Order) { GoesByUsersWay = GoesByUsersWay, Before = new WatchCount(Sum(OldRequests), Sum(OldFailures)) }
            .Of(await asking.ConfigureAwait(false), await on.Proxy.MeasureAsync(instances, since, ct).ConfigureAwait(false));
    }

    /// <summary>Looks each second whether each of them runs and is well.</summary>
    private async Task StandAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        var wait = new InstanceWait(on);
        using InstanceProbe? probe = on.Order.Probe is { } url ? new InstanceProbe(on.Context, url) : null;
        var failing = new Dictionary<string, int>();
        long start = on.Context.Time.GetTimestamp();
        while (on.Context.Time.GetElapsedTime(start) is var took && took < on.Order.Watch)
        {
            foreach (string id in instances.Select(i => i.Id))
            {
                // This change has made it: once started again is once too often, before the watch as well.
                InstanceFacts now = await wait.StandsAsync(id, 0, ct).ConfigureAwait(false);
                (bool? ready, string words) = await wait.AskAsync(now, probe, fresh: true, ct).ConfigureAwait(false);
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

    /// <summary>True where requests of our own go the way of the users', so that a proxy counts them as well.</summary>
    private bool GoesByUsersWay => on.Context.Environment.Services.GetValueOrDefault(on.Order.Service)?.Health is not null;

    /// <summary>Requests of our own, to the service's health URL, which goes the way of its users; else to each new instance.</summary>
    private async Task<AvailabilityRecord[]> AskAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        var uris = new List<Uri>();
        if (on.Context.Environment.Services.GetValueOrDefault(on.Order.Service)?.Health is { } health) uris.Add(new Uri(health));
        else if (on.Order.Probe is { } probe)
        {
            using var asked = new InstanceProbe(on.Context, probe);
            foreach (InstanceFacts instance in instances) uris.Add(await asked.UrlAsync(instance, ct).ConfigureAwait(false));
        }
        double rate = Math.Clamp(on.Order.MinRequests * 1.2 / on.Order.Watch.TotalSeconds, LeastRate, MostRate) / Math.Max(1, uris.Count);
        return await Task.WhenAll(uris.Select(uri => new AvailabilityProbe(on.Context.Time).RunAsync(new AvailabilityRequest
        {
            Uri = uri, Rate = Math.Max(1, rate), Duration = on.Order.Watch,
        }, null, ct))).ConfigureAwait(false);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private long Number(string key) => on.Change.Data.TryGetValue(key, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture)
        : 0;

    private long Sum(string prefix) => on.Change.Data.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Sum(Number);
}
