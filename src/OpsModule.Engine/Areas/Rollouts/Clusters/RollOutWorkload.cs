using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>
/// Gives a workload of a cluster another specification, follows its rollout to the end, and goes back to the revision before when that
/// fails.
/// </summary>
internal sealed class RollOutWorkload : ChangeKind
{
    public const string KindName = "service.rollout";

    private const string Edit = "edit", Back = "go-back", Failure = "failure", FailureId = "failure-id";

    public override string Name => KindName;

    public override bool AltersConfiguration => true;

    public override string TargetOf(ChangePlan plan) => Target.Service(WorkloadArguments.Of(plan).Service).Path;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        WorkloadPlanner.Identify(await RolloutOf(context, plan).ReadAsync(WorkloadArguments.Of(plan).Service, cancellationToken)
            .ConfigureAwait(false));

    public override string WhenStopped(ChangePlan plan) =>
        $"{plan.Action} of {plan.Target} was stopped; the cluster goes on by itself with what it was asked for.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        var work = new WorkloadWork(run, RolloutOf(run.Context, run.Plan));
        await using NamespaceLock held = await LockAsync(run, work, cancellationToken).ConfigureAwait(false);
        OpsException failure;
        bool asked = false;
        try
        {
            if (run.HasBegun(Back)) failure = Known(run);
            else
            {
                WorkloadRecord wanted = await EditAsync(run, work, cancellationToken).ConfigureAwait(false);
                asked = true;
                return await ProveAsync(work, wanted, held, cancellationToken).ConfigureAwait(false);
            }
        }
        // The cluster goes on without us: the change stays open, to be gone on with or taken back.
        catch (OperationCanceledException e) { throw ChangeRun.LeaveOpen(e); }
        catch (OpsException e) when (WorkloadWork.IsAway(e)) { throw ChangeRun.LeaveOpen(e); }
        catch (OpsException e) when (asked && !WorkloadErrors.WorkloadMoved.Is(e)) { failure = e; }
        return await GoBackAsync(run, work, held, failure, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        var work = new WorkloadWork(run, RolloutOf(run.Context, run.Plan));
        if (!run.Data.ContainsKey(WorkloadWork.WasRevision))
        {
            await NamespaceLock.FreeAsync(run, work.Rollout, work.Asked.Service, cancellationToken).ConfigureAwait(false);
            return new ChangeResult("It was killed before it had asked the cluster for anything; nothing had been done");
        }
        await using NamespaceLock held = await NamespaceLock.TakeAsync(run, work.Rollout, work.Asked.Service, cancellationToken)
            .ConfigureAwait(false);
        WorkloadRecord? back = null;
        await work.Trail.StepAsync(Back, async () =>
        {
            back = await work.ReturnAsync("Undo-OpsChange", cancellationToken).ConfigureAwait(false);
            return $"Asked for revision {run.Data[WorkloadWork.WasRevision]} again.";
        }).ConfigureAwait(false);
        back ??= await work.ReadAsync(cancellationToken).ConfigureAwait(false);
        WorkloadProgress end = await work.FollowAsync("follow", back, frees: true, cancellationToken, isBack: true).ConfigureAwait(false);
        RolloutResult result = work.Result(RolloutOutcome.Done, end, held, "It was taken back.", isBack: true);
        return new ChangeResult($"{work.Asked.Service} is of revision {end.Workload.Revision} again: {end.Words}", result);
    }

    private static async Task<NamespaceLock> LockAsync(ChangeRun run, WorkloadWork work, CancellationToken cancellationToken)
    {
        NamespaceLock? held = null;
        await work.Trail.StepAsync("lock", async () =>
        {
            held = await NamespaceLock.TakeAsync(run, work.Rollout, work.Asked.Service, cancellationToken).ConfigureAwait(false);
            return held.NotHeld ?? $"Took the Lease {NamespaceLock.NameOf(work.Asked.Service)}.";
        }).ConfigureAwait(false);
        // A run that is gone on with takes it again, whatever the other had.
        return held ?? await NamespaceLock.TakeAsync(run, work.Rollout, work.Asked.Service, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<WorkloadRecord> EditAsync(ChangeRun run, WorkloadWork work, CancellationToken cancellationToken)
    {
        WorkloadRecord? wanted = null;
        WorkloadRecord before = await work.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!run.IsDone(Edit) && !run.HasBegun(Edit)) work.RequirePlanned(before);
        await work.Trail.StepAsync(Edit, async () =>
        {
            wanted = await work.AskAsync(before, cancellationToken).ConfigureAwait(false);
            return $"Asked the cluster for {work.Wish}.";
        }, await work.NoteAsync(before, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        if (wanted is null) work.RequireOurs(before);
        return wanted ?? before;
    }

    private static async Task<ChangeResult> ProveAsync(WorkloadWork work, WorkloadRecord wanted, NamespaceLock held,
        CancellationToken cancellationToken)
    {
        WorkloadProgress end = await work.FollowAsync("roll-out", wanted, frees: work.Asked.Revision is not null, cancellationToken)
            .ConfigureAwait(false);
        (RolloutOutcome outcome, string? words, WatchFigures figures) = await work.ProveAsync(end, cancellationToken).ConfigureAwait(false);
        RolloutResult result = work.Result(outcome, end, held, words) with
        {
            Requests = figures.Requests, FailedRequests = figures.Failed, P95Milliseconds = figures.P95?.TotalMilliseconds,
        };
        return new ChangeResult($"{work.Asked.Service}: {end.Words}; {outcome}", result);
    }

    /// <summary>Goes back, and says what failed: a change that was taken back has not been made.</summary>
    private static async Task<ChangeResult> GoBackAsync(ChangeRun run, WorkloadWork work, NamespaceLock held, OpsException failure,
        CancellationToken cancellationToken)
    {
        WorkloadProgress? end = null;
        try
        {
            // Whoever has the lock now decides what becomes of it.
            if (held.IsLost) throw ChangeRun.LeaveOpen(failure);
            WorkloadRecord? back = null;
            run.Context.Reporter.Warning($"{failure.Message} The revision before is asked for again.");
            await work.Trail.StepAsync(Back, async () =>
            {
                back = await work.ReturnAsync(run.Plan.Action, cancellationToken).ConfigureAwait(false);
                return $"Asked for revision {run.Data[WorkloadWork.WasRevision]} again.";
            }, new Dictionary<string, string> { [Failure] = failure.Message, [FailureId] = failure.ErrorId }).ConfigureAwait(false);
            back ??= await work.ReadAsync(cancellationToken).ConfigureAwait(false);
            end = await work.FollowAsync("follow-back", back, frees: true, cancellationToken, isBack: true).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) { throw ChangeRun.LeaveOpen(e); }
        catch (OpsException e) when (WorkloadWork.IsAway(e)) { throw ChangeRun.LeaveOpen(e); }
        catch (OpsException e)
        {
            throw RolloutErrors.RollbackFailed.Make(
                $"{failure.Message} Going back to revision {run.Data[WorkloadWork.WasRevision]} failed as well: {e.Message}",
                e.RecommendedAction, work.Result(RolloutOutcome.Failed, null, held, e.Message), failure);
        }
        string words = $"{failure.Message} It was taken back: revision {end.Workload.Revision} serves ({end.Words}).";
        throw new OpsException(failure.ErrorId, failure.Category, words, failure.RecommendedAction,
            work.Result(RolloutOutcome.RolledBack, end, held, failure.Message), failure);
    }

    private static OpsException Known(ChangeRun run) => new(run.Data.GetValueOrDefault(FailureId, RolloutErrors.InstanceNotReady.Id),
        OpsErrorCategory.InvalidOperation, run.Data.GetValueOrDefault(Failure, "The new version failed."),
            "See the journal: Get-OpsChange.",
        run.Plan.Target);

    private static IWorkloadRollout RolloutOf(OpsContext context, ChangePlan plan) => context.Platform().Rolling as IWorkloadRollout
        ?? throw ChangeErrors.PlanInvalid.Make(
            $"The plan is for a workload of a cluster, and services run on {context.Platform().Description}.",
            "Make the plan anew.", plan.Target);
}
