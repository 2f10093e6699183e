using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>
/// The last part of a rotation: once the new value is in use everywhere, and nobody runs on the old one, the old one is dropped and proven
/// refused. Nothing brings it back.
/// </summary>
internal sealed class FinishSecret : ChangeKind
{
    public const string KindName = "secret.finish";

    public override string Name => KindName;

    public override bool AltersConfiguration => true;

    /// <summary>One that has failed after the old value was dropped keeps the rest from being taken back.</summary>
    public override bool UndoesFailed => true;

    public override string TargetOf(ChangePlan plan) => RotationOrder.TargetOf(RotationOrder.Read(plan).Name);

    /// <summary>What must hold is what the parts before it have made.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        // Days may have passed: what is in the way then is told, and takes nothing back of what serves since.
        bool hasWaited = run.IsDone(FinishSteps.Begin);
        FinishSteps? steps = null;
        try
        {
            return await RotationPatience.OrOpenAsync(() => (steps = new FinishSteps(run, RotationOrder.Read(run.Plan))).RunAsync(
                cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        // A schedule looks again by itself at what waits; a server that is away for a moment does not end that.
        catch (Exception e) when (hasWaited && !cancellationToken.IsCancellationRequested && e is not ChangeWaitException
            && RotationPatience.IsAway(e))
        {
            run.WaitUntil(run.Context.Time.GetUtcNow() + FinishSteps.NextLook, $"The new value of {RotationOrder.Read(run.Plan).Name} is "
                + $"in use, and a server does not answer: {(e as ChangeLeftOpenException)?.InnerException?.Message ?? e.Message}");
            throw;
        }
        catch (Exception e) when (e is not (ChangeWaitException or ChangeLeftOpenException)
            && (hasWaited || steps?.HasDropped == true || run.HasBegun(FinishSteps.Drop) || IsAfterAnother(run)))
        {
            throw ChangeRun.LeaveOpen(e);
        }
    }

    /// <summary>Whether another secret of the same rotation has lost its old value: the rotation cannot be taken back any more.</summary>
    private static bool IsAfterAnother(ChangeRun run) => AnotherOf(run) is not null;

    /// <summary>The part that has ended another secret of the same rotation; null where none has.</summary>
    private static JournalEntry? AnotherOf(ChangeRun run)
    {
        string own = run.Undoes ?? run.Id;
        return run.Context.Journal.Find(own)?.Parent is { } whole ? run.Context.Journal.FindParts(whole).FirstOrDefault(p => p.Id != own
            && p.Kind == KindName && p.Outcome is JournalOutcome.Completed) : null;
    }

    /// <summary>As long as nothing is dropped there is nothing to take back.</summary>
    public override Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string name = RotationOrder.Read(run.Plan).Name;
        // Nothing is noted of this part then, so that the whole can be gone on with.
        if (!run.HasBegun(FinishSteps.Drop) && AnotherOf(run) is { } ended)
            throw ChangeErrors.ChangeNotUndoable.Make($"The rotation of {name} cannot be taken back alone: the old value of another secret "
                + $"of the same rotation ({ended.Target}) was dropped.", "Go on with it (Resume-OpsChange "
                + $"{RevisionKeeper.WholeOf(run.Context, run.Id)}), and rotate again what should have another value.", run.Plan.Target);
        if (!run.HasBegun(FinishSteps.Drop)) return Task.FromResult(new ChangeResult($"The old value of {name} had not been dropped"));
        throw ChangeErrors.ChangeNotUndoable.Make(
            $"The rotation of {name} cannot be taken back: its old value was dropped, and to bring it back would make a value count again "
            + "that was to be known by nobody.", "Where it has not ended, go on with it (Resume-OpsChange "
            + $"{RevisionKeeper.WholeOf(run.Context, run.Id)}). For another value rotate it again: Invoke-OpsSecretRotation {name}.", run.Plan.Target);
    }
}
