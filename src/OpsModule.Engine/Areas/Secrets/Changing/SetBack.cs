using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Takes the first part of a rotation back: the uses have the old value again, and the new one counts no more.</summary>
internal sealed class SetBack(ChangeRun run, RotationOrder order)
{
    private readonly OpenedSecret _secret = OpenedSecret.Of(run.Context, order.Name);

    public async Task<ChangeResult> UndoAsync(CancellationToken ct)
    {
        KeptSecret kept = _secret.Store.Read(order.Name);
        if (!run.Data.TryGetValue(SetSteps.Own, out string? own) || kept.Change != own || kept.Pending is not { } pending
            || kept.Current is not { } current)
        {
            if (run.HasBegun(SetSteps.Set) && (own is null || kept.TakenBack != own))
                throw SecretErrors.SecretStoreUnreadable.Make($"The values of {order.Name} that this rotation had made are not kept any "
                    + "more, and the new one may count at the server.",
                    "Bring the state folder's secrets/ back from a backup, then take it back again.", order.Name);
            // Whoever makes values elsewhere may have made one that was not kept here any more.
            if (own is not null && !run.HasBegun(SetSteps.Create + ChangeRun.EndOfStep))
                await run.StepAsync("discard", () => _secret.Driver.DiscardAsync(run, own, ct)).ConfigureAwait(false);
            if (order.HandedIn is { } print) _secret.Store.ForgetHandedIn(order.Name, print);
            return new ChangeResult($"No new value of {order.Name} had been kept");
        }
        var left = new List<string>();
        await run.StepAsync("restore", () => RestoreAsync(current, pending, left, ct)).ConfigureAwait(false);
        if (run.HasBegun(SetSteps.Write)) await RestartAsync(ct).ConfigureAwait(false);
        bool stays = run.HasBegun(SetSteps.Set) && order.Mends;
        // The old value counted no more when this began, perhaps because somebody saw to that: it is not made valid again.
        if (stays) left.Add("the old value was refused before, and is; the new one counts at the server, and is kept as the previous one");
        else if (run.HasBegun(SetSteps.Set))
        {
            await run.StepAsync("take-back", () => _secret.Driver.TakeBackAsync(run, current, pending, ct)).ConfigureAwait(false);
            SecretProof proof = await new RotationPatience(run.Context, order.Name)
                .AskAsync(token => _secret.Driver.ProveAsync(current, token), ct).ConfigureAwait(false);
            // Keys of an API count each by itself: the new one was just seen revoked, and an old one that somebody has revoked is refused.
            bool isRefused = _secret.Entry.Kind == SecretKind.ApiKey && !proof.IsProven && !proof.IsFinal
                && (await _secret.Driver.ProveRefusedAsync(current, ct).ConfigureAwait(false)).IsProven;
            if (isRefused) left.Add("the old value is refused, because somebody has revoked it meanwhile: rotate it again");
            // What the server has instead may be the new one: as long as nobody knows, neither is forgotten.
            else if (!proof.IsProven && !proof.IsFinal)
                throw SecretErrors.SecretNotProven.Make($"{order.Name} has its old value again, and it was not seen accepted: "
                    + $"{proof.Words} ({proof.From}). Both values stay kept.",
                    "Mend what it says, then take the change back once more: Undo-OpsChange "
                    + $"{RevisionKeeper.WholeOf(run.Context, run.Id)}.",
                    order.Name);
        }
        // What others make counts since it was made, also where nothing was set with it.
        else await run.StepAsync("discard", () => _secret.Driver.DiscardAsync(run, own, ct)).ConfigureAwait(false);
        await run.StepAsync("forget", () =>
        {
            _secret.Store.Write(kept with { Previous = stays ? pending : kept.Previous, Pending = null, Change = null, PendingSince = null,
                ByHandSince = null, ByHandDone = null, TakenBack = own });
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        foreach (string words in left) run.Context.Reporter.Warning($"{order.Name}: {words}.");
        return new ChangeResult($"{order.Name} has its old value again ({_secret.Store.Fingerprint(current)})"
            + (left.Count == 0 ? "" : "; " + string.Join("; ", left)));
    }

    /// <summary>Writes the old value over the new one, and over nothing else: what somebody has written since stays, and is told.</summary>
    private async Task RestoreAsync(SecretMaterial current, SecretMaterial pending, List<string> left, CancellationToken ct)
    {
        foreach (ISecretPlace place in _secret.Places)
        {
            place.Mend(run);
            SecretMaterial? found = await place.ReadAsync(ct).ConfigureAwait(false);
            if (OpenedSecret.Holds(found, pending)) await place.WriteAsync(run, current, ct).ConfigureAwait(false);
            else if (!OpenedSecret.Holds(found, current)) left.Add($"{place.Words} holds neither the old value nor the new one, and stays");
        }
    }

    /// <summary>
    /// Where instances are not made anew by an update, which is taken back by itself, they are restarted with the old value.
    /// </summary>
    private async Task RestartAsync(CancellationToken ct)
    {
        if (order.Services.Count == 0 || run.Context.Platform() is not { Rolling: not IInstanceRollout } platform) return;
        foreach (string name in order.Services)
        {
            IReadOnlyList<ServiceRecord> found = await new ServiceCatalog(platform).ListAsync([name], e =>
                run.Context.Reporter.Warning(e.Message), ct).ConfigureAwait(false);
            foreach (ServiceRecord service in found.Where(ServicesInUse.IsRestarted))
                await run.StepAsync("restart-" + service.Name, () => platform.RestartAsync(run, service, null, ct)).ConfigureAwait(false);
        }
        if (await ServicesInUse.WaitAsync(run.Context, order.Services, ct).ConfigureAwait(false) is { } late)
            run.Context.Reporter.Warning($"{order.Name}: instances with the new value may be left: {late.Message}");
    }
}
