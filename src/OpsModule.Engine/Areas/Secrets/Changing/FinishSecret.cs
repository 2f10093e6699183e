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

    public override string TargetOf(ChangePlan plan) => RotationOrder.TargetOf(RotationOrder.Read(plan).Name);

    /// <summary>What must hold is what the parts before it have made.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) => RotationPatience.OrOpenAsync(() =>
        new FinishSteps(run, RotationOrder.Read(run.Plan)).RunAsync(cancellationToken), cancellationToken);

    /// <summary>As long as nothing is dropped there is nothing to take back.</summary>
    public override Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string name = RotationOrder.Read(run.Plan).Name;
        if (!run.HasBegun(FinishSteps.Drop)) return Task.FromResult(new ChangeResult($"The old value of {name} had not been dropped"));
        throw ChangeErrors.ChangeNotUndoable.Make(
            $"The rotation of {name} cannot be taken back: its old value was dropped, and to bring it back would make a value count again "
            + "that was to be known by nobody.", $"Where it has not ended, go on with it: Resume-OpsChange. For another value rotate it "
            + $"again: Invoke-OpsSecretRotation {name}.", run.Plan.Target);
    }
}
