using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Waits until an instance is ready: it is asked every 250 ms, and its end is seen at once.</summary>
internal sealed class InstanceWait(RolloutRun on)
{
    private const int Lines = 12;

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250), Settled = TimeSpan.FromSeconds(3);

    /// <summary>Waits.</summary>
    /// <param name="id">The instance.</param>
    /// <param name="isNew">True for one that was made now: then it must not have been started again.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>True where something answered for it, and what.</returns>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>, <c>InstanceNotReady</c>.</exception>
    public async Task<(bool IsProven, string Words)> ReadyAsync(string id, bool isNew, CancellationToken ct)
    {
        long start = on.Context.Time.GetTimestamp();
        using InstanceProbe? probe = on.Order.Probe is { } url ? new InstanceProbe(on.Context, url) : null;
        int? restarts = isNew ? 0 : null;
        string last = "nothing was asked yet";
        while (true)
        {
            InstanceFacts? instance = await on.Rolling.LookAsync(id, ct).ConfigureAwait(false);
            TimeSpan took = on.Context.Time.GetElapsedTime(start);
            restarts ??= instance?.Instance.Restarts;
            if (instance is null || !instance.Runs || instance.Instance.Restarts > restarts) throw await CrashedAsync(id, instance, took,
                ct).ConfigureAwait(false);
            (bool? ready, string words) = await AskAsync(instance, probe, ct).ConfigureAwait(false);
            if (ready is true) return (true, $"{instance} is ready after {DurationText.Show(took)}: {words}");
            // Nothing answers for it: that it stays up for a while is all that can be seen.
            if (ready is null && took >= Settled) return (false,
                $"{instance} runs for {DurationText.Show(took)}; nothing tells whether it is ready");
            last = words;
            if (took > on.Order.Health) throw await LateAsync(instance, took, last, ct).ConfigureAwait(false);
            await Task.Delay(Again, on.Context.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Asks once: whether it is ready, or null where nothing can be asked.</summary>
    public async Task<(bool? IsReady, string Words)> AskAsync(InstanceFacts instance, InstanceProbe? probe, CancellationToken ct)
    {
        if (probe is not null) return await probe.AskAsync(instance, ct).ConfigureAwait(false) is { } wrong
            ? (false, $"{on.Order.Probe} gives {wrong}") : (true, $"{on.Order.Probe} answers");
        if (instance.Instance.Health == InstanceHealth.Healthy) return (true, "its health check passes");
        if (instance.HealthTest.Count == 0) return (null, "it has no health check");
        InstanceAnswer answer = await on.Rolling.AskAsync(instance, ct).ConfigureAwait(false);
        string said = answer.Words.Length > 0 ? ": " + answer.Words : "";
        return answer.IsWell ? (true, "its health check passes")
            : (false, $"its health check {(answer.ExitCode is { } code ? $"ends with exit code {code}" : "cannot be run")}{said}");
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
