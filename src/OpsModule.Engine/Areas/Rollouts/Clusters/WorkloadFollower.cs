using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>Follows what a cluster's controllers do until all is as asked, or cannot come.</summary>
/// <param name="run">The change.</param>
/// <param name="rollout">The cluster.</param>
/// <param name="service">The service.</param>
/// <param name="stall">How long it may come no further.</param>
internal sealed class WorkloadFollower(ChangeRun run, IWorkloadRollout rollout, string service, TimeSpan stall)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>So long the cluster may give no answer. Its controllers go on without us, so that nothing is taken back for that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const string Deadline = "ProgressDeadlineExceeded";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private long? _awaySince, _lateSince;

    private TimeProvider Time => run.Context.Time;

    /// <summary>Waits for the end.</summary>
    /// <param name="asked">The specification that was asked for.</param>
    /// <param name="frees">True takes away instances of another revision that never came and that the controller would wait for.</param>
    /// <param name="cancellationToken">Ends the waiting; the cluster goes on.</param>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>, <c>InstanceNotReady</c>, <c>WorkloadMoved</c>.</exception>
    public async Task<WorkloadProgress> FollowAsync(WorkloadRecord asked, bool frees, CancellationToken cancellationToken)
    {
        long since = Time.GetTimestamp();
        // What comes and goes comes no further: only what was never seen so good before counts.
        (bool Observed, int Ready, int Old) best = (false, 0, int.MaxValue);
        while (true)
        {
            if (await TryLookAsync(cancellationToken).ConfigureAwait(false) is { } now)
            {
                if (now.Workload.Uid != asked.Uid || now.Workload.Template != asked.Template) throw Moved(now);
                Tell(now);
                if (now.IsDone) return now;
                (bool Observed, int Ready, int Old) far = (best.Observed || now.IsObserved,
                    Math.Max(best.Ready, now.New.Count(i => i.IsReady)), Math.Min(best.Old, now.Old.Count));
                if (far != best) (best, since) = (far, Time.GetTimestamp());
                if (frees && now is { Trouble: null, Workload.Kind: "StatefulSet" }) await FreeAsync(cancellationToken)
                    .ConfigureAwait(false);
                if (IsFinal(now.Trouble) || Time.GetElapsedTime(since) >= stall)
                    throw await FailedAsync(now, cancellationToken).ConfigureAwait(false);
            }
            await Task.Delay(Interval, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What a deadline says may be left of the rollout before: the controller writes it anew a moment after it has begun with another.
    /// </summary>
    private bool IsFinal(WorkloadTrouble? trouble)
    {
        if (trouble?.Reason != Deadline) _lateSince = null;
        else _lateSince ??= Time.GetTimestamp();
        return trouble is { IsFinal: true } && (_lateSince is not { } since || Time.GetElapsedTime(since) >= Settling);
    }

    /// <summary>One look; null while the cluster is away.</summary>
    public async Task<WorkloadProgress?> TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            WorkloadProgress now = await rollout.LookAsync(service, cancellationToken).ConfigureAwait(false);
            _awaySince = null;
            return now;
        }
        catch (OpsException e) when (PatientQuestion.IsPassing(e, _awaySince is not null))
        {
            _awaySince ??= Time.GetTimestamp();
            if (_told.Add(e.ErrorId)) run.Context.Reporter.Warning($"{e.Message} It is asked again; the cluster goes on by itself.");
            // What nobody sees is neither done nor failed: it is gone on with later.
            if (Time.GetElapsedTime(_awaySince.Value) >= Patience) throw ChangeRun.LeaveOpen(e);
            return null;
        }
    }

    private async Task FreeAsync(CancellationToken cancellationToken)
    {
        foreach (string pod in await rollout.FreeAsync(run, service, cancellationToken).ConfigureAwait(false))
            run.Context.Reporter.Verbose($"{pod} never came and is taken away: a StatefulSet would wait for it.");
    }

    private void Tell(WorkloadProgress now)
    {
        if (_told.Add(now.Words)) run.Context.Reporter.Verbose($"{service}: {now.Words}");
        if (now.Trouble is { IsFinal: false } trouble && _told.Add(trouble.Reason))
            run.Context.Reporter.Warning($"{service}: {trouble.Words} It may still come; it is waited for.");
    }

    private async Task<OpsException> FailedAsync(WorkloadProgress now, CancellationToken cancellationToken)
    {
        ServiceInstance? lame = now.Trouble?.Instance ?? now.New.FirstOrDefault(i => !i.IsReady);
        bool late = now.Trouble is not { IsFinal: true };
        string why = lame is null ? now.Trouble?.Words ?? $"{now.Words}." : await ExplainAsync(lame, cancellationToken)
            .ConfigureAwait(false);
        string whole = now.Trouble is { Reason: Deadline } deadline && lame is not null ? $" {deadline.Words}" : "";
        bool crashed = lame is { State: InstanceState.Restarting or InstanceState.Exited } || lame?.Restarts > 0;
        string head = late ? $"The new version of {service} has come no further for {DurationText.Show(stall)} ({now.Words}):"
            : $"The new version of {service} does not come:";
        return (crashed ? RolloutErrors.InstanceCrashed : RolloutErrors.InstanceNotReady).Make($"{head}{whole} {why}",
            crashed ? "See all that it wrote: Get-OpsLog." : $"See what the cluster says: Get-OpsEvent {service}.", service);
    }

    /// <summary>That it cannot be explained must not hide that it failed.</summary>
    private async Task<string> ExplainAsync(ServiceInstance lame, CancellationToken cancellationToken)
    {
        try { return await rollout.ExplainAsync(lame, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) { return $"{InstanceWords.Of(lame)}. (No more can be told: {e.Message})"; }
    }

    /// <summary>What is thrown where somebody else has asked for something else meanwhile.</summary>
    public OpsException Moved(WorkloadProgress now) => WorkloadErrors.WorkloadMoved.Make(
        $"While {service} was rolled out, somebody else has asked for something else ({now.Workload.Images}); it is left to them.",
        "Look at it (Get-OpsServiceUpdate), and make the change that you want.", service);
}
