using System.Globalization;
using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Makes the last part of a rotation: in use, overlap, sessions, drop, refused.</summary>
internal sealed class FinishSteps(ChangeRun run, RotationOrder order)
{
    internal const string Begin = "begin", Drop = "drop", InUse = "in-use", Refused = "refused", Sessions = "sessions", Seen = ".seen",
        Since = "since", Unseen = "unseen", Dropped = "dropped";

    /// <summary>So long sessions are waited for in the run itself; then the change waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromSeconds(1);

    /// <summary>So long it waits then, and until people are reminded again.</summary>
    internal static readonly TimeSpan NextLook = TimeSpan.FromMinutes(5), NextReminder = TimeSpan.FromDays(7);

    /// <summary>So long after it was dropped an old value may be accepted by what others keep of it; then it is an error.</summary>
    private static readonly TimeSpan LongestCache = TimeSpan.FromHours(1);

    private readonly OpenedSecret _secret = OpenedSecret.Of(run.Context, order.Name);

    private string? _count;

    private DateTimeOffset Now => run.Context.Time.GetUtcNow();

    /// <summary>True once the old value may count no more.</summary>
    public bool HasDropped { get; private set; } = run.HasBegun(Drop);

    public async Task<ChangeResult> RunAsync(CancellationToken ct)
    {
        KeptSecret kept = _secret.Store.Read(order.Name);
        // Killed after the last thing it does.
        if (kept.Pending is null && kept.FinishedBy == run.Id) return Ended(kept.Current!);
        if (kept is not { Pending: { } pending, Current: { } current })
            throw SecretErrors.SecretStoreUnreadable.Make($"The values of {order.Name} that this rotation had made are not kept any more.",
                "Bring the state folder's secrets/ back from a backup, then go on: Get-OpsChange -Unfinished | Resume-OpsChange.",
                order.Name);
        await run.StepAsync(Begin, () => Task.CompletedTask, new Dictionary<string, string>
        {
            [Since] = Now.ToString("O", CultureInfo.InvariantCulture),
        }).ConfigureAwait(false);
        if (!run.IsDone(Drop)) await ReadyAsync(current, pending, ct).ConfigureAwait(false);
        HasDropped = true;
        await run.StepAsync(Drop, () => order.ByHand is null ? _secret.Driver.DropAsync(run, current, pending, ct) : Task.CompletedTask,
            new Dictionary<string, string> { [Dropped] = Now.ToString("O", CultureInfo.InvariantCulture) }).ConfigureAwait(false);
        await RefusedAsync(current, pending, ct).ConfigureAwait(false);
        await run.StepAsync("record", () =>
        {
            _secret.Store.Write(_secret.Store.Read(order.Name) with
            {
                Current = pending, Previous = current, Pending = null, Change = null, PendingSince = null, FinishedAt = Now,
                FinishedBy = run.Id, ByHandSince = null, ByHandDone = null,
            });
            // What was handed in for plans that were never carried out: these were made for the value that was dropped.
            _secret.Store.ForgetHandedIn(order.Name);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        return Ended(pending);
    }

    /// <summary>Waits until the old one may be dropped; what forbids it ends the rotation, which is then taken back.</summary>
    private async Task ReadyAsync(SecretMaterial current, SecretMaterial pending, CancellationToken ct)
    {
        if (await ServicesInUse.WaitAsync(run.Context, order.Services, ct).ConfigureAwait(false) is { } late)
        {
            if (late.Category != OpsErrorCategory.OperationTimeout) throw late;
            run.WaitUntil(Now + NextLook, $"The new value of {order.Name} is written, and instances from before are not all replaced: "
                + late.Message.TrimEnd('.'));
        }
        // Looked at anew in each run: between two of them much may have happened.
        (bool seen, string words) = await new ServicesInUse(run.Context, _secret).ProveAsync(current, pending, order.Services, ct)
            .ConfigureAwait(false);
        await NoteAsync(InUse, look => Note(look, words, seen)).ConfigureAwait(false);
        await SessionsAsync(current, pending, waits: false, ct).ConfigureAwait(false);
        DateTimeOffset since = DateTimeOffset.ParseExact(run.Data[Since], "O", CultureInfo.InvariantCulture);
        if (order.Overlap is { } overlap && since + overlap is var until)
            run.WaitUntil(until, $"The new value of {order.Name} is in use; the old one stays valid until "
                + $"{until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        await SessionsAsync(current, pending, waits: true, ct).ConfigureAwait(false);
        if (order.ByHand is { } work) ByHand(work);
    }

    private async Task SessionsAsync(SecretMaterial current, SecretMaterial pending, bool waits, CancellationToken ct)
    {
        long start = run.Context.Time.GetTimestamp();
        bool any = false;
        while (true)
        {
            OldSessions? left = await _secret.Driver.CountOldAsync(current, pending, ct).ConfigureAwait(false);
            string count = left is null or { IsBlind: true } ? Unseen : left.Count.ToString(CultureInfo.InvariantCulture);
            if (count != _count)
                await NoteAsync(Sessions, look => new Dictionary<string, string> { [look] = count }).ConfigureAwait(false);
            _count = count;
            // A pool comes again a moment after it was ended: nobody has to be there twice.
            if (!waits || left is null || (!left.Waits && !any)) return;
            any = left.Waits;
            if (any && run.Context.Time.GetElapsedTime(start) > Patience)
                run.WaitUntil(Now + NextLook, $"The new value of {order.Name} is in use; "
                    + (left.Count > 0 ? "sessions still run on the old one" : "whether the old one is used is not known yet")
                    + $": {left.Words}");
            await Task.Delay(Pause, run.Context.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>What only people can do is waited for, until somebody says that it is done.</summary>
    private void ByHand(string work)
    {
        KeptSecret kept = _secret.Store.Read(order.Name);
        if (kept.ByHandDone is not null) return;
        if (kept.ByHandSince is null) _secret.Store.Write(kept with { ByHandSince = Now });
        run.WaitUntil(Now + NextReminder, $"The new value of {order.Name} is in use. {work.TrimEnd('.')}, then run "
            + $"Complete-OpsSecretRotation {order.Name}");
    }

    private async Task RefusedAsync(SecretMaterial current, SecretMaterial pending, CancellationToken ct)
    {
        if (run.IsDone(Refused)) return;
        SecretProof proof = await RefusedProof.AskAsync(new RotationPatience(run.Context, order.Name), _secret.Driver, current, pending, ct)
            .ConfigureAwait(false);
        if (!proof.IsProven && !proof.IsFinal)
        {
            // Caches of others keep a value for minutes: Sentry's relays do.
            DateTimeOffset dropped = run.Data.TryGetValue(Dropped, out string? at)
                ? DateTimeOffset.ParseExact(at, "O", CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
            if (Now - dropped < LongestCache)
                run.WaitUntil(Now + NextLook, $"The new value of {order.Name} is in use, and the old one is dropped; it is not refused "
                    + $"yet: {proof.Words} ({proof.From})");
            throw SecretErrors.SecretStillAccepted.Make(
                $"The old value of {order.Name} was dropped, and was not seen refused: {proof.Words} ({proof.From}).",
                "Find out what accepts it, then go on: Get-OpsChange -Unfinished | Resume-OpsChange.", order.Name);
        }
        await run.StepAsync(Refused, () => Task.CompletedTask, Note(Refused, $"{proof.Words} ({proof.From})",
            proof.IsProven)).ConfigureAwait(false);
    }

    /// <summary>Notes what a look has found. The first note of a step stays, so that each look is a step of its own.</summary>
    private async Task NoteAsync(string look, Func<string, Dictionary<string, string>> data)
    {
        string step = look;
        for (int number = 2; run.IsDone(step); number++) step = string.Create(CultureInfo.InvariantCulture, $"{look}-{number}");
        await run.StepAsync(step, () => Task.CompletedTask, data(step)).ConfigureAwait(false);
    }

    /// <summary>The first note of a key stays: each step has keys of its own.</summary>
    private static Dictionary<string, string> Note(string step, string words, bool seen) =>
        new() { [step + SetSteps.Proof] = words, [step + Seen] = seen ? "yes" : "no" };

    private ChangeResult Ended(SecretMaterial now) => new($"{order.Name}: the new value ({_secret.Store.Fingerprint(now)}) is in use, and "
        + (order.ByHand is null ? "the old one is dropped" : "the old one was disabled by hand"));
}
