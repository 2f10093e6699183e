using System.Globalization;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>Makes a rotation in phases: a new value is kept, accepted everywhere, used, and then the old one is dropped.</summary>
internal sealed class PhaseSteps(ChangeRun run, PhaseOrder order)
{
    internal const string Create = "create", Accept = "accept", Sign = "sign", Drop = "drop", Replace = "replace", Own = "own",
        Print = "print", Since = "since", Signed = "signed", Usage = "usage", Record = "record", Dropped = "dropped";

    /// <summary>So long it waits where a key is used still.</summary>
    private static readonly TimeSpan NextLook = TimeSpan.FromMinutes(15);

    /// <summary>So long after it was dropped an old value may be accepted by what services keep of it; then it is an error.</summary>
    private static readonly TimeSpan LongestCache = TimeSpan.FromHours(1);

    private readonly OpenedSecret _secret = OpenedSecret.Of(run.Context, order.Name);

    private DateTimeOffset Now => run.Context.Time.GetUtcNow();

    public async Task<ChangeResult> RunAsync(CancellationToken ct)
    {
        KeptSecret before = _secret.Store.Read(order.Name);
        // Killed after the last thing it does.
        if (before.Pending is null && before.FinishedBy == run.Id) return Ended(before.Current!);
        await run.StepAsync(Create, () => CreateAsync(ct), new Dictionary<string, string> { [Own] = run.Id }).ConfigureAwait(false);
        KeptSecret kept = _secret.Store.Read(order.Name);
        if (kept is not { Pending: { } pending, Current: { } current } || kept.Change != run.Data[Own])
            throw SecretErrors.SecretStoreUnreadable.Make($"The values of {order.Name} that this rotation had made are not kept any more.",
                "Bring the state folder's secrets/ back from a backup, then go on (Resume-OpsChange).", order.Name);
        await run.StepAsync("made", () => Task.CompletedTask, new Dictionary<string, string>
        {
            [Print] = _secret.Store.Fingerprint(pending),
        }).ConfigureAwait(false);
        var walk = new PhaseWalk(run, _secret);
        if (order.Overlap is not { } overlap)
            await walk.MakeAsync(Replace, Move(KeyPhase.Replace, current, pending), ct).ConfigureAwait(false);
        else
        {
            await walk.MakeAsync(Accept, Move(KeyPhase.Accept, current, pending), ct).ConfigureAwait(false);
            await walk.MakeAsync(Sign, Move(KeyPhase.Sign, current, pending), ct).ConfigureAwait(false);
            // Only from here on nobody makes anything with the old value any more.
            await run.StepAsync(Signed, () => Task.CompletedTask, new Dictionary<string, string>
            {
                [Since] = Now.ToString("O", CultureInfo.InvariantCulture),
            }).ConfigureAwait(false);
            if (!run.HasBegun(Drop + "-keep")) await WaitAsync(overlap, current, ct).ConfigureAwait(false);
            await walk.MakeAsync(Drop, Move(KeyPhase.Drop, current, pending), ct).ConfigureAwait(false);
        }
        await run.StepAsync(Dropped, () => Task.CompletedTask, new Dictionary<string, string>
        {
            [Dropped] = Now.ToString("O", CultureInfo.InvariantCulture),
        }).ConfigureAwait(false);
        await RefusedAsync(current, pending, ct).ConfigureAwait(false);
        await run.StepAsync(Record, () =>
        {
            _secret.Store.Write(_secret.Store.Read(order.Name) with
            {
                Current = pending, Previous = current, Pending = null, Change = null, PendingSince = null, FinishedAt = Now,
                FinishedBy = run.Id, ByHandSince = null, ByHandDone = null,
            });
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        return Ended(pending);
    }

    /// <summary>The move between the two values, with their ids.</summary>
    private KeyMove Move(KeyPhase phase, SecretMaterial current, SecretMaterial pending) =>
        new(phase, current, pending, _secret.Store.Fingerprint(current), _secret.Store.Fingerprint(pending)) { IsAlone = order.IsAlone };

    private async Task CreateAsync(CancellationToken ct)
    {
        KeptSecret kept = _secret.Store.Read(order.Name);
        if (kept.Change == run.Data.GetValueOrDefault(Own, run.Id) && kept.Pending is not null) return;
        RotationPartPlanner.RefuseUnderWay(_secret, run.Id);
        SecretMaterial current = await PhaseCurrent.FindAsync(_secret, order.IsAlone, ct).ConfigureAwait(false);
        // A rotation that has waited for its time did not look at its plan again.
        if (_secret.Store.Fingerprint(current) != order.From)
            throw ChangeErrors.DriftDetected.Make($"The value of {order.Name} is another one than when this was planned. Nothing was done.",
                $"Plan it anew: Invoke-OpsSecretRotation {order.Name}.", order.Name);
        string made = (_secret.Entry.ApiKey?.Prefix ?? "") + SecretGenerator.Make(_secret.Entry.Length, _secret.Entry.Alphabet);
        _secret.Store.Write(kept with
        {
            // A value that an earlier rotation has left may count somewhere: it is the last to be forgotten.
            Previous = kept.Pending is { } left && left != current ? left : kept.Previous,
            Current = current, Pending = new SecretMaterial(made), Change = run.Id, PendingSince = Now, ByHandSince = null,
            ByHandDone = null,
        });
    }

    /// <summary>Waits until what was made with the old value has ended, and nobody uses an old key.</summary>
    private async Task WaitAsync(TimeSpan overlap, SecretMaterial current, CancellationToken ct)
    {
        DateTimeOffset until = DateTimeOffset.ParseExact(run.Data[Since], "O", CultureInfo.InvariantCulture) + overlap;
        run.WaitUntil(until, $"The new value of {order.Name} is used everywhere; the old one is accepted until "
            + $"{until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        if (_secret.Entry.ApiKey is not { } settings) return;
        OldSessions? used = await new KeyUsage(run.Context, settings).CountAsync(null, settings.KeyName, current.Value, ct)
            .ConfigureAwait(false);
        await NoteAsync(used is null or { IsBlind: true } ? FinishSteps.Unseen : used.Count.ToString(CultureInfo.InvariantCulture))
            .ConfigureAwait(false);
        if (used is { Waits: true })
            run.WaitUntil(Now + NextLook, used.Count > 0
                ? $"The old key of {order.Name} is used still: {used.Words}. Tell who uses it, or take it back (Undo-OpsChange)"
                : $"Whether the old key of {order.Name} is used is not known yet: {used.Words}");
    }

    /// <summary>Each look is a step of its own: the first note of a step stays.</summary>
    private async Task NoteAsync(string count)
    {
        string step = Usage;
        for (int number = 2; run.IsDone(step); number++) step = string.Create(CultureInfo.InvariantCulture, $"{Usage}-{number}");
        await run.StepAsync(step, () => Task.CompletedTask, new Dictionary<string, string> { [step] = count }).ConfigureAwait(false);
    }

    /// <summary>Where something can be asked, the old one has to be refused.</summary>
    private async Task RefusedAsync(SecretMaterial current, SecretMaterial pending, CancellationToken ct)
    {
        if (run.IsDone(FinishSteps.Refused)) return;
        SecretProof proof = await RefusedProof.AskAsync(new RotationPatience(run.Context, order.Name), _secret.Driver, current, pending, ct)
            .ConfigureAwait(false);
        if (!proof.IsProven && !proof.IsFinal)
        {
            // What a service keeps of keys ends by itself.
            if (Now - DateTimeOffset.ParseExact(run.Data[Dropped], "O", CultureInfo.InvariantCulture) < LongestCache)
                run.WaitUntil(Now + TimeSpan.FromMinutes(5), $"The old value of {order.Name} is dropped, and is not refused yet: "
                    + $"{proof.Words} ({proof.From})");
            throw SecretErrors.SecretStillAccepted.Make(
                $"The old value of {order.Name} was dropped, and was not seen refused: {proof.Words} ({proof.From}).",
                "Find out what accepts it, then go on: Get-OpsChange -Unfinished | Resume-OpsChange.", order.Name);
        }
        await run.StepAsync(FinishSteps.Refused, () => Task.CompletedTask, new Dictionary<string, string>
        {
            [FinishSteps.Refused + SetSteps.Proof] = $"{proof.Words} ({proof.From})",
            [FinishSteps.Refused + FinishSteps.Seen] = proof.IsProven ? "yes" : "no",
        }).ConfigureAwait(false);
    }

    private ChangeResult Ended(SecretMaterial now) => new($"{order.Name}: the new value ({_secret.Store.Fingerprint(now)}) is in use, and "
        + "the old one is accepted no more");
}
