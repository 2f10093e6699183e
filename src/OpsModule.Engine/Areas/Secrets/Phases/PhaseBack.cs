using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>
/// Takes a rotation in phases back, in phases, too: the old value is used again while the new one is accepted, and then the new one is
/// dropped.
/// </summary>
internal sealed class PhaseBack(ChangeRun run, PhaseOrder order)
{
    private const string BackToUse = "use-old", BackToOne = "drop-new", Keep = "-keep";

    private readonly OpenedSecret _secret = OpenedSecret.Of(run.Context, order.Name);

    public async Task<ChangeResult> UndoAsync(CancellationToken ct)
    {
        KeptSecret kept = _secret.Store.Read(order.Name);
        string? own = run.Data.GetValueOrDefault(PhaseSteps.Own);
        bool hasAccepted = run.HasBegun(PhaseSteps.Accept + Keep), hasSigned = run.HasBegun(PhaseSteps.Sign + Keep),
            hasReplaced = run.HasBegun(PhaseSteps.Replace + Keep);
        if (run.HasBegun(PhaseSteps.Record) || run.HasBegun(PhaseSteps.Drop + Keep))
            throw ChangeErrors.ChangeNotUndoable.Make($"The rotation of {order.Name} cannot be taken back: its old value was dropped, "
                + $"and to "
                + "bring it back would make a value count again that was to be known by nobody.",
                $"Where it has not ended, go on with it: Resume-OpsChange. For another value rotate it again: Invoke-OpsSecretRotation "
                + $"{order.Name}.", run.Plan.Target);
        if (hasReplaced && order.IsAlone)
            throw ChangeErrors.ChangeNotUndoable.Make($"All keys of {order.Name} were replaced by one, and the others are kept nowhere.",
                "Go on with it (Resume-OpsChange), and give each client a new key.", run.Plan.Target);
        if (own is null || kept.Change != own || kept.Pending is not { } pending || kept.Current is not { } current)
        {
            if ((hasAccepted || hasReplaced) && (own is null || kept.TakenBack != own))
                throw SecretErrors.SecretStoreUnreadable.Make($"The values of {order.Name} that this rotation had made are not kept any "
                    + "more, and the new one may be accepted.",
                    "Bring the state folder's secrets/ back from a backup, then take it back again.", order.Name);
            return new ChangeResult($"No new value of {order.Name} had been kept");
        }
        var move = new KeyMove(KeyPhase.Accept, current, pending, _secret.Store.Fingerprint(current), _secret.Store.Fingerprint(pending));
        var walk = new PhaseWalk(run, _secret);
        // What was made with the new value meanwhile is accepted until all instances use the old one again.
        if (hasSigned) await walk.MakeAsync(BackToUse, move.Back(KeyPhase.Sign), ct).ConfigureAwait(false);
        if (hasAccepted) await walk.MakeAsync(BackToOne, move.Back(KeyPhase.Drop), ct).ConfigureAwait(false);
        if (hasReplaced) await walk.MakeAsync(BackToOne, move.Back(KeyPhase.Replace), ct).ConfigureAwait(false);
        await run.StepAsync("forget", () =>
        {
            _secret.Store.Write(_secret.Store.Read(order.Name) with { Pending = null, Change = null, PendingSince = null,
                TakenBack = own });
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        string said = hasSigned || hasReplaced ? "; what was made with the new one meanwhile, as sessions, is refused" : "";
        if (said.Length > 0) run.Context.Reporter.Warning($"{order.Name} has its old value again{said}.");
        return new ChangeResult($"{order.Name} has its old value again ({_secret.Store.Fingerprint(current)}){said}");
    }
}
