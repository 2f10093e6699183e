using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Waits until an instance that gets nothing new has nothing to do any more.</summary>
internal sealed class InstanceDrain(RolloutRun on)
{
    /// <summary>So many looks in a row must see nothing: a request that has just come has a connection a moment later.</summary>
    private const int Quiet = 3;

    /// <summary>So many looks at the one that drains go with one at those that serve instead.</summary>
    private const int Looks = 10;

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits, and says what was seen.</summary>
    /// <param name="instance">The one that drains.</param>
    /// <param name="ports">The ports that it listened at before it was told to prepare for its end.</param>
    /// <param name="stands">Looks whether what serves instead still runs; asked each second, and throws where it does not.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<string> RunAsync(InstanceFacts instance, IReadOnlyCollection<int> ports, Func<CancellationToken, Task> stands,
        CancellationToken ct)
    {
        long start = on.Context.Time.GetTimestamp();
        int quiet = 0;
        for (int look = 1; ; look++)
        {
            int? open = await on.Rolling.CountConnectionsAsync(instance.Id, ports, ct).ConfigureAwait(false);
            string? held = await on.Proxy.HoldsAsync(instance, ct).ConfigureAwait(false);
            TimeSpan took = on.Context.Time.GetElapsedTime(start);
            if (open is null) return await BlindAsync(instance, held, took, stands, ct).ConfigureAwait(false);
            quiet = open == 0 && held is null ? quiet + 1 : 0;
            if (quiet >= Quiet) return $"{instance} has no connections any more after {DurationText.Show(took)}";
            if (took >= on.Order.Drain)
            {
                string still = $"{instance} has {open} connections still after "
                    + $"{DurationText.Show(took)}{(held is null ? "" : $", and {held}")}: they are cut";
                on.Context.Reporter.Warning(still + ". -DrainTimeout gives them more time.");
                return still;
            }
            await NextAsync(look, stands, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Where connections cannot be seen: behind a proxy the whole time is given to them, without one there is nothing to wait
    /// for.</summary>
    private async Task<string> BlindAsync(InstanceFacts instance, string? held, TimeSpan took, Func<CancellationToken, Task> stands,
        CancellationToken ct)
    {
        if (!on.Proxy.IsThere) return $"the connections of {instance} cannot be seen from here";
        for (int look = 1; took < on.Order.Drain; look++)
        {
            await NextAsync(look, stands, ct).ConfigureAwait(false);
            took += Again;
        }
        return $"the connections of {instance} cannot be seen from here; they had "
            + $"{DurationText.Show(took)}{(held is null ? "" : $", and {held}")}";
    }

    private async Task NextAsync(int look, Func<CancellationToken, Task> stands, CancellationToken ct)
    {
        if (look % Looks == 0) await stands(ct).ConfigureAwait(false);
        await Task.Delay(Again, on.Context.Time, ct).ConfigureAwait(false);
    }
}
