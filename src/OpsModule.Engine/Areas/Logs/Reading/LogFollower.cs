using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>
/// Goes on reading services after what there was. It lists the instances again and again: one that was replaced is read from its beginning,
/// one that was started again from its last time on, and no line twice.
/// </summary>
internal sealed class LogFollower<T>(IServicePlatform platform, LogQuery query, Func<LogSource, InstanceReader<T>> make, IOpsReporter reporter, TimeProvider time, DateTimeOffset? from, TimeSpan window)
{
    private const int MostHeld = 20_000;
    private static readonly TimeSpan ListInterval = TimeSpan.FromSeconds(1), Look = TimeSpan.FromMilliseconds(50);

    private readonly Channel<List<Ordered<T>>> _arrivals = Channel.CreateBounded<List<Ordered<T>>>(64);
    private readonly Dictionary<string, FollowedInstance<T>> _instances = [];
    private bool _listingFailed;
    private int _open;

    public async IAsyncEnumerable<IReadOnlyList<T>> RunAsync(IEnumerable<LogPump<T>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        foreach (LogPump<T> pump in read)
            if (pump.Source is ServiceLogSource source) _instances[source.Id] = new FollowedInstance<T>(pump.Reader, _arrivals.Writer, time);
        Task listing = Task.Run(() => KeepListingAsync(stop.Token), CancellationToken.None);
        try
        {
            await foreach (IReadOnlyList<T> batch in ReorderAsync(stop.Token).ConfigureAwait(false)) yield return batch;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await listing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_instances.Values.Select(i => i.Running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Holds what arrives for a moment, so that what other instances wrote before it comes before it.</summary>
    private async IAsyncEnumerable<IReadOnlyList<T>> ReorderAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var held = new PriorityQueue<(T Value, long Arrived), (long Order, long Number)>();
        long number = 0;
        while (true)
        {
            if (held.Count == 0) await _arrivals.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
            else await Task.Delay(Look, time, cancellationToken).ConfigureAwait(false);
            long now = time.GetTimestamp();
            while (held.Count < MostHeld && _arrivals.Reader.TryRead(out List<Ordered<T>>? arrived))
                foreach (Ordered<T> item in arrived) held.Enqueue((item.Value, now), (item.Order, number++));
            var batch = new List<T>();
            TimeSpan wait = Volatile.Read(ref _open) > 1 ? window : TimeSpan.Zero;
            while (held.TryPeek(out (T Value, long Arrived) first, out _) && (held.Count >= MostHeld || time.GetElapsedTime(first.Arrived, now) >= wait)) batch.Add(held.Dequeue().Value);
            if (batch.Count > 0) yield return batch;
        }
    }

    private async Task KeepListingAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await ListAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(ListInterval, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) { _arrivals.Writer.TryComplete(e); }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ServiceRecord> services;
        try { services = await platform.ListAsync(query.Services, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e)
        {
            // Between the end of a container and its successor's start there may be nothing; the engine itself may be starting again.
            if (!_listingFailed) reporter.Warning($"{e.Message} It is tried again until it can be read.");
            _listingFailed = true;
            return;
        }
        _listingFailed = false;
        foreach (ServiceInstance instance in services.SelectMany(s => s.Instances).Where(i => i.HasOutput()))
        {
            var source = new ServiceLogSource(platform, instance);
            if (!_instances.TryGetValue(instance.Id, out FollowedInstance<T>? followed))
            {
                reporter.Verbose($"{instance.Name} ({instance.Id[..Math.Min(12, instance.Id.Length)]}) is new and is followed.");
                followed = _instances[instance.Id] = new FollowedInstance<T>(make(source), _arrivals.Writer, time);
            }
            if (followed.IsDue(instance)) followed.Start(source, instance, from ?? query.Since, reporter, cancellationToken);
        }
        // Instances that are gone do not come back under the same id.
        var listed = services.SelectMany(s => s.Instances).Select(i => i.Id).ToHashSet();
        foreach (string gone in _instances.Keys.Where(id => !listed.Contains(id) && _instances[id].Running.IsCompleted).ToArray()) _instances.Remove(gone);
        Volatile.Write(ref _open, _instances.Values.Count(i => !i.Running.IsCompleted));
    }
}
