using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Makes the first part of a rotation: create, set, prove, write.</summary>
internal sealed class SetSteps(ChangeRun run, RotationOrder order)
{
    internal const string Create = "create", Set = "set", Write = "write-1", Own = "own", Print = "print", Proof = ".proof",
        Proven = "proven";

    private readonly OpenedSecret _secret = OpenedSecret.Of(run.Context, order.Name);

    public async Task<ChangeResult> RunAsync(CancellationToken ct)
    {
        // The value is on the disk before anything is set: killed after that, it can be gone on with and taken back.
        await run.StepAsync(Create, () => CreateAsync(ct), new Dictionary<string, string> { [Own] = run.Id }).ConfigureAwait(false);
        KeptSecret kept = _secret.Store.Read(order.Name);
        if (kept.Pending is not { } pending || kept.Change != run.Data[Own])
            throw SecretErrors.SecretStoreUnreadable.Make($"The new value of {order.Name} that this rotation had made is not kept any "
                + $"more.",
                "Bring the state folder's secrets/ back from a backup, then go on: Get-OpsChange -Unfinished | Resume-OpsChange.",
                order.Name);
        await run.StepAsync(Set, () => _secret.Driver.SetAsync(run, kept.Current, pending, ct)).ConfigureAwait(false);
        await ProveAsync(pending, ct).ConfigureAwait(false);
        await run.StepAsync("keep", () => KeepAsync(ct)).ConfigureAwait(false);
        int number = 0;
        foreach (ISecretPlace place in _secret.Places)
            await run.StepAsync($"write-{++number}", () => WriteAsync(place, pending, ct)).ConfigureAwait(false);
        await run.StepAsync("keep-written", KeepWrittenAsync).ConfigureAwait(false);
        return new ChangeResult($"{order.Name}: a new value ({_secret.Store.Fingerprint(pending)}) is set and stands in "
            + string.Join(", ", _secret.Places.Select(p => p.Words)));
    }

    private async Task CreateAsync(CancellationToken ct)
    {
        KeptSecret kept = _secret.Store.Read(order.Name);
        if (kept.Change == run.Data.GetValueOrDefault(Own, run.Id) && kept.Pending is not null)
        {
            ForgetHandedIn();
            return;
        }
        // A plan that was kept may be run while another rotation waits, or was killed, of whose values its own would take the place.
        RotationPartPlanner.RefuseUnderWay(_secret, run.Id);
        SecretMaterial current = await new CurrentSecret(_secret).FindAsync(ct).ConfigureAwait(false);
        // A run that was killed before this did not look at its plan again.
        if (_secret.Store.Fingerprint(current) != order.From)
            throw ChangeErrors.DriftDetected.Make($"The value of {order.Name} is another one than when this was planned. Nothing was done.",
                $"Plan it anew: Invoke-OpsSecretRotation {order.Name}.", order.Name);
        // Places hold a key without its id, by which it is revoked.
        if (_secret.Entry.Kind == SecretKind.ApiKey && kept.Current is { Login: not null } known && known.Value == current.Value)
            current = known;
        SecretMaterial made = await MakeAsync(current, ct).ConfigureAwait(false);
        _secret.Store.Write(kept with
        {
            // A value that an earlier rotation has left may count somewhere: it is the last to be forgotten.
            Previous = kept.Pending is { } left && left != current ? left : kept.Previous,
            Current = current, Pending = made, Change = run.Id, PendingSince = run.Context.Time.GetUtcNow(),
            ByHandSince = null, ByHandDone = null,
        });
        ForgetHandedIn();
    }

    /// <summary>Only its own: somebody may have handed in another one since.</summary>
    private void ForgetHandedIn()
    {
        if (order.HandedIn is { } print) _secret.Store.ForgetHandedIn(order.Name, print);
    }

    private async Task<SecretMaterial> MakeAsync(SecretMaterial current, CancellationToken ct)
    {
        string? login = order.Login ?? current.Login;
        if (order.HandedIn is { } wanted)
        {
            if (_secret.Store.ReadHandedIn(order.Name, wanted) is { } handed) return new SecretMaterial(handed.Value, login);
            throw SecretErrors.SecretValueNeeded.Make($"The value that was handed in for {order.Name} is not kept any more.",
                "Plan it anew, and hand the value in again.", order.Name);
        }
        return await _secret.Driver.CreateAsync(run, current, ct).ConfigureAwait(false)
            ?? new SecretMaterial(SecretGenerator.Make(_secret.Entry.Length, _secret.Entry.Alphabet), login);
    }

    private async Task ProveAsync(SecretMaterial pending, CancellationToken ct)
    {
        if (run.IsDone(Proven)) return;
        SecretProof? proof = null;
        await run.StepAsync("prove", async () => proof = await AskAsync(pending, ct).ConfigureAwait(false)).ConfigureAwait(false);
        // Killed between the two, what was seen is asked once more.
        proof ??= await AskAsync(pending, ct).ConfigureAwait(false);
        await run.StepAsync(Proven, () => Task.CompletedTask, new Dictionary<string, string>
        {
            [Proven + Proof] = $"{proof.Words} ({proof.From})", [Proven + FinishSteps.Seen] = proof.IsProven ? "yes" : "no",
            [Print] = _secret.Store.Fingerprint(pending),
        }).ConfigureAwait(false);
    }

    private async Task<SecretProof> AskAsync(SecretMaterial pending, CancellationToken ct)
    {
        SecretProof proof = await new RotationPatience(run.Context, order.Name)
            .AskAsync(token => _secret.Driver.ProveAsync(pending, token), ct).ConfigureAwait(false);
        return proof.IsProven || proof.IsFinal ? proof : throw SecretErrors.SecretNotProven.Make(
            $"The new value of {order.Name} is not accepted: {proof.Words} ({proof.From}).",
            "The old one is valid. Mend what it says, and rotate it again.", order.Name);
    }

    /// <summary>What runs is kept with its files while these say what it was made of: an update that fails goes back to it.</summary>
    private async Task KeepAsync(CancellationToken ct)
    {
        if (order.Services.Count == 0 || run.Context.Platform().Rolling is not IInstanceRollout rolling) return;
        foreach (string service in order.Services)
            await RevisionKeeper.KeepBeforeAsync(run, rolling, service, ct).ConfigureAwait(false);
    }

    /// <summary>And as this has left them: only a file that is still so is written back whole.</summary>
    private Task KeepWrittenAsync()
    {
        foreach (string service in order.Services) RevisionKeeper.KeepWritten(run, service);
        return Task.CompletedTask;
    }

    private async Task WriteAsync(ISecretPlace place, SecretMaterial pending, CancellationToken ct)
    {
        await place.WriteAsync(run, pending, ct).ConfigureAwait(false);
        SecretMaterial? found = await place.ReadAsync(ct).ConfigureAwait(false);
        if (!OpenedSecret.Holds(found, pending))
            throw SecretErrors.SecretNotWritten.Make($"{place.Words} was written, and does not read back as the new value of {order.Name}.",
                "See what else writes to it, and whether something overrides it.", order.Name);
    }
}
