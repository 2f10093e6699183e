using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>
/// A rotation in phases: what accepts a value learns the new one before anybody uses it, and forgets the old one when all that was made
/// with it has ended. Its services are replaced in each phase, by changes of their own.
/// </summary>
internal sealed class RotateInPhases : ChangeKind
{
    public const string KindName = "secret.phases";

    public override string Name => KindName;

    public override bool AltersConfiguration => true;

    public override string TargetOf(ChangePlan plan) => PhaseOrder.Read(plan).Target;

    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} was stopped; Resume-OpsChange goes on with it, "
        + "and Undo-OpsChange takes it back as long as the old value is there.";

    public override string WhenLeftOpen(OpsContext context, ChangePlan plan, string change) =>
        $"{plan.Action} of {plan.Target} was stopped, and what it has made so far stays: Resume-OpsChange {change} goes on with it, and "
        + $"Undo-OpsChange {change} takes it back as long as the old value is there.";

    /// <summary>A variable of the operator's shell must not be what new instances get in the place of what was written.</summary>
    public override IDisposable? Surround(OpsContext context, ChangePlan plan) =>
        ShellOverride.Clean(context, [PhaseOrder.Read(plan).Name]);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        PhaseOrder order = PhaseOrder.Read(plan);
        OpenedSecret secret = OpenedSecret.Of(context, order.Name);
        return await IdentifyAsync(secret, await PhaseCurrent.FindAsync(secret, order.IsAlone, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What must still be so when it begins.</summary>
    internal static async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpenedSecret secret, SecretMaterial current,
        CancellationToken ct)
    {
        var all = new List<PlanIdentity> { new($"value of {secret.Entry.Name}", secret.Store.Fingerprint(current)) };
        foreach (KeySetPlace place in secret.KeySets)
            all.Add(new PlanIdentity($"{place.Words} for {secret.Entry.Name}", await place.IdentifyAsync(ct).ConfigureAwait(false)));
        return all;
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        PhaseOrder order = PhaseOrder.Read(run.Plan);
        if (order.NotBefore is { } begin && begin > run.Context.Time.GetUtcNow())
        {
            // So that others see it while it waits.
            var store = new SecretStore(run.Context);
            if (store.Read(order.Name) is { Pending: null } kept) store.Write(kept with { Change = run.Id });
            run.WaitUntil(begin, $"The rotation of {order.Name} begins at {begin.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, as was asked");
        }
        try
        {
            return await RotationPatience.OrOpenAsync(() => new PhaseSteps(run, order).RunAsync(cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        // Whatever it is: from the new value on it can be gone on with, and taken back, and nobody is refused as it stands.
        catch (Exception e) when (e is not (ChangeWaitException or ChangeLeftOpenException) && run.IsDone(PhaseSteps.Create))
        {
            throw ChangeRun.LeaveOpen(e);
        }
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken) =>
        await new PhaseBack(run, PhaseOrder.Read(run.Plan)).UndoAsync(cancellationToken).ConfigureAwait(false);
}
