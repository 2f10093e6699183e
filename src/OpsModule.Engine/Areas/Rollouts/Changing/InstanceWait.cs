using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Waits until an instance is ready: it is asked every 250 ms, and its end is seen at once.</summary>
internal sealed class InstanceWait(RolloutRun on)
{
    private const int Lines = 12, Attempts = 3;

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250), Settled = TimeSpan.FromSeconds(3);

    /// <summary>Waits for one that this change has made.</summary>
    /// <param name="id">The instance.</param>
    /// <param name="fresh">True asks the instance itself, whatever the engine has last seen.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>True where something answered for it, and what.</returns>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>, <c>InstanceNotReady</c>.</exception>
    public async Task<(bool IsProven, string Words)> ReadyAsync(string id, bool fresh, CancellationToken ct)
    {
        using InstanceProbe? probe = Probe();
        (InstanceFacts instance, bool? ready, TimeSpan took, string words) = await UntilAsync(id, probe, fresh, isNew: true,
            ct).ConfigureAwait(false);
        return ready switch
        {
            true => (true, $"{instance} is ready after {DurationText.Show(took)}: {words}"),
            null => (false, $"{instance} runs for {DurationText.Show(took)}; nothing tells whether it is ready"),
            false => throw await LateAsync(instance, took, words, ct).ConfigureAwait(false),
        };
    }

    /// <summary>Waits, on the way back, for one that has served before the change, or is made as those were: by its own health check
    /// alone. What the new version was to answer, the old one may not know.</summary>
    /// <param name="id">The instance.</param>
    /// <param name="isStarted">True where the way back has started it; one that was never stopped only has to run.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>.</exception>
    public async Task<string> BackAsync(string id, bool isStarted, CancellationToken ct)
    {
        if (!isStarted) return $"{await StandsAsync(id, null, ct).ConfigureAwait(false)} runs as before";
        (InstanceFacts instance, bool? ready, TimeSpan took, string words) = await UntilAsync(id, null, fresh: false, isNew: false,
            ct).ConfigureAwait(false);
        return ready is false ? $"{instance} runs, and is not ready after {DurationText.Show(took)}: {words}"
            : $"{instance} runs again after {DurationText.Show(took)}";
    }

    /// <summary>Looks whether one that was ready is ready still.</summary>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>, <c>InstanceNotReady</c>.</exception>
    public async Task StillAsync(string id, CancellationToken ct)
    {
        using InstanceProbe? probe = Probe();
        for (int attempt = 1; ; attempt++)
        {
            InstanceFacts instance = await StandsAsync(id, 0, ct).ConfigureAwait(false);
            (bool? ready, string words) = await AskAsync(instance, probe, fresh: true, ct).ConfigureAwait(false);
            if (ready is not false) return;
            if (attempt == Attempts)
                throw RolloutErrors.InstanceNotReady.Make(
                    $"{instance} of {on.Order.Image} was ready, and is not any more: {words}. "
                    + $"{await TailAsync(id, ct).ConfigureAwait(false)}", "Mend what it says, then bring it out again.", on.Order.Service);
            await Task.Delay(Again, on.Context.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Looks whether one runs.</summary>
    /// <param name="id">The instance.</param>
    /// <param name="restarts">How often the engine may have started it again; null for any number.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>.</exception>
    public async Task<InstanceFacts> StandsAsync(string id, int? restarts, CancellationToken ct)
    {
        InstanceFacts? instance = await on.Rolling.LookAsync(id, ct).ConfigureAwait(false);
        if (instance is { Runs: true } && (restarts is null || instance.Instance.Restarts <= restarts)) return instance;
        DateTimeOffset now = on.Context.Time.GetUtcNow();
        throw await CrashedAsync(id, instance, now - (instance?.Instance.StartedAt ?? now), ct).ConfigureAwait(false);
    }

    /// <summary>Asks once: whether it is ready, or null where nothing can be asked.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="probe">What it must answer; null for its own health check.</param>
    /// <param name="fresh">True runs the health check's program; what the engine has seen last counts only where that cannot be
    /// run.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<(bool? IsReady, string Words)> AskAsync(InstanceFacts instance, InstanceProbe? probe, bool fresh,
        CancellationToken ct)
    {
        if (probe is not null) return await probe.AskAsync(instance, ct).ConfigureAwait(false) is { } wrong
            ? (false, $"{on.Order.Probe} gives {wrong}") : (true, $"{on.Order.Probe} answers");
        bool isHealthy = instance.Instance.Health == InstanceHealth.Healthy;
        if (isHealthy && !fresh) return (true, "its health check passes");
        if (instance.HealthTest.Count == 0) return (null, "it has no health check");
        InstanceAnswer answer = await on.Rolling.AskAsync(instance, ct).ConfigureAwait(false);
        if (answer is { ExitCode: null, IsLate: false } && isHealthy) return (true, "its health check passes, as the engine says");
        string said = answer.Words.Length > 0 ? ": " + answer.Words : "";
        return answer.IsWell ? (true, "its health check passes")
            : (false, $"its health check {(answer.ExitCode is { } code ? $"ends with exit code {code}" : answer.IsLate ? "is late"
                : "cannot be run")}{said}");
    }

    private InstanceProbe? Probe() => on.Order.Probe is { } url ? new InstanceProbe(on.Context, url) : null;

    /// <summary>Asks until it is ready, or its time is over; null where it has settled and nothing can be asked.</summary>
    private async Task<(InstanceFacts Instance, bool? IsReady, TimeSpan Took, string Words)> UntilAsync(string id, InstanceProbe? probe,
        bool fresh, bool isNew, CancellationToken ct)
    {
        long start = on.Context.Time.GetTimestamp();
        int? restarts = isNew ? 0 : null;
        while (true)
        {
            InstanceFacts? instance = await on.Rolling.LookAsync(id, ct).ConfigureAwait(false);
            TimeSpan took = on.Context.Time.GetElapsedTime(start);
            restarts ??= instance?.Instance.Restarts;
            if (instance is null || !instance.Runs || instance.Instance.Restarts > restarts) throw await CrashedAsync(id, instance, took,
                ct).ConfigureAwait(false);
            (bool? ready, string words) = await AskAsync(instance, probe, fresh, ct).ConfigureAwait(false);
            // Nothing answers for it: that it stays up for a while is all that can be seen.
            if (ready is true || (ready is null && took >= Settled)) return (instance, ready, took, words);
            if (ready is false && took > on.Order.Health) return (instance, false, took, words);
            await Task.Delay(Again, on.Context.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The error of an instance that ended by itself, with the last lines that it wrote.</summary>
    public async Task<OpsException> CrashedAsync(string id, InstanceFacts? instance, TimeSpan took, CancellationToken ct)
    {
        string how = instance is null ? "was removed by somebody" : instance.Instance.OutOfMemory ? "was ended for want of memory"
            : instance.Instance.Restarts > 0 ? $"ended and was started again by the engine{Code(instance)}" : $"ended{Code(instance)}";
        return RolloutErrors.InstanceCrashed.Make(
            $"{instance?.ToString() ?? id[..Math.Min(12, id.Length)]} of {on.Order.Image} {how} after {DurationText.Show(took)}. "
            + $"{await TailAsync(id, ct).ConfigureAwait(false)}",
            "Mend what it says, then bring it out again.", on.Order.Service);
    }

    private async Task<OpsException> LateAsync(InstanceFacts instance, TimeSpan took, string last, CancellationToken ct) =>
        RolloutErrors.InstanceNotReady.Make(
        $"{instance} of {on.Order.Image} is not ready after {DurationText.Show(took)}: {last}. "
            + $"{await TailAsync(instance.Id, ct).ConfigureAwait(false)}",
        "See why, or give it more time: -HealthTimeout.", on.Order.Service);

    private static string Code(InstanceFacts instance) => (instance.Instance.ExitCode is { } code ? $" with exit code {code}" : "")
        + (instance.Instance.Reason is { Length: > 0 } why ? $" ({why})" : "");

    private async Task<string> TailAsync(string id, CancellationToken ct)
    {
        IReadOnlyList<string> lines = await on.Rolling.ReadTailAsync(id, Lines, ct).ConfigureAwait(false);
        return lines.Count == 0 ? "It wrote nothing." : $"Its last lines: {string.Join(" | ", lines)}";
    }
}
