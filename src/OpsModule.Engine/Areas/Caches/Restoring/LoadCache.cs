using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// Restores the keys of a pattern: they are loaded into an empty database, and then each takes the place of its live one in one
/// transaction. The live ones, and those that fit and the backup has not, are kept in another database until they are removed.
/// </summary>
internal sealed class LoadCache : RestoreCache
{
    public const string KindName = "cache.load";

    private const string SetAside = "set-aside", Exchange = "exchange";

    private static readonly byte[] Multi = CacheMark.Word("MULTI"), Exec = CacheMark.Word("EXEC"), Select = CacheMark.Word("SELECT"),
        Move = CacheMark.Word("MOVE"), Unlink = CacheMark.Word("UNLINK");

    public override string Name => KindName;

    public override string WhenStopped(ChangePlan plan) =>
        $"The restore of {plan.Target} was stopped; Undo-OpsChange puts back what it had exchanged.";

    public static IReadOnlyList<PlannedStep> Steps(CacheRestoreArguments what)
    {
        string which = what.Pattern is null ? "all keys" : $"the keys that fit {what.Pattern}";
        return
        [
            new(Load, $"Load {which} into database {string.Join(", ", what.Staged.Values.Order())}, which is empty, and compare their number."),
            new(SetAside, $"Move live keys that fit, and that the backup has not, to database {string.Join(", ", what.Kept.Values.Order())}."),
            new(Exchange, "Put each key of the backup in the place of its live one, which is kept there, too."),
        ];
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CacheRestoreArguments what = CacheRestoreArguments.Read(run.Plan);
        await using RedisPipe pipe = await OpenAsync(run, what, cancellationToken).ConfigureAwait(false);
        long started = run.Context.Time.GetTimestamp();
        await LoadAsync(run, what, pipe, cancellationToken).ConfigureAwait(false);
        var mark = new CacheMark(pipe, IdOf(run));
        CacheRestoreNotes notes = CacheRestoreNotes.Read(run.Context, mark.Key)
            ?? throw CacheErrors.CacheDiffers.Make($"What the restore {IdOf(run)} had noted is not in the state folder any more.",
                "Take it back with Undo-OpsChange.", what.Target);
        await run.StepAsync(SetAside, () => SetAsideAsync(what, mark, pipe, cancellationToken)).ConfigureAwait(false);
        await run.StepAsync(Exchange, () => ExchangeAsync(what, mark, pipe, cancellationToken)).ConfigureAwait(false);
        long replaced = 0;
        foreach (int kept in what.Kept.Values) replaced += await mark.SizeAsync(kept, cancellationToken).ConfigureAwait(false) - 1;
        return CacheRestoreResult.Of(run, what, CacheRestoreMethod.Load, IdOf(run), notes with { Replaced = replaced }, started,
            what.Kept.Values);
    }

    private static async Task SetAsideAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, CancellationToken ct)
    {
        foreach ((int live, int kept) in what.Kept)
        {
            int staged = what.Staged[live];
            if (await mark.ReadAsync(staged, ct).ConfigureAwait(false) is not CacheMark.Staged)
                throw CacheErrors.CacheDiffers.Make($"Database {staged} of {pipe.Place} no longer holds what was loaded into it. Nothing live was changed.",
                    "Was the server restarted? Take this back with Undo-OpsChange, and restore anew.", what.Target);
            if (await mark.ReadAsync(kept, ct).ConfigureAwait(false) is null)
            {
                await mark.EmptyAsync(kept, ct).ConfigureAwait(false);
                await mark.WriteAsync(kept, CacheMark.Kept, ct).ConfigureAwait(false);
            }
            await mark.ScanAsync(live, what.Pattern ?? "*", async names =>
            {
                bool[] restored = await mark.AreThereAsync(staged, names, ct).ConfigureAwait(false);
                await mark.SelectAsync(live, ct).ConfigureAwait(false);
                for (int i = 0; i < names.Count; i++)
                    if (!restored[i]) pipe.Add(Move, names[i], CacheMark.Word(CacheMark.Text(kept)));
                mark.Checked("MOVE", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
            }, ct).ConfigureAwait(false);
        }
    }

    /// <summary>A key that was exchanged is not in the loaded ones any more: after a kill the others are gone on with.</summary>
    private static async Task ExchangeAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, CancellationToken ct)
    {
        foreach ((int live, int staged) in what.Staged)
        {
            int kept = what.Kept[live];
            await mark.ScanAsync(staged, "*", async names =>
            {
                pipe.Add(Multi);
                foreach (byte[] name in names)
                {
                    pipe.Add(Select, CacheMark.Word(CacheMark.Text(live)));
                    pipe.Add(Move, name, CacheMark.Word(CacheMark.Text(kept)));
                    pipe.Add(Select, CacheMark.Word(CacheMark.Text(staged)));
                    pipe.Add(Move, name, CacheMark.Word(CacheMark.Text(live)));
                }
                pipe.Add(Exec);
                mark.Checked("MOVE", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
            }, ct).ConfigureAwait(false);
            long left = await mark.SizeAsync(staged, ct).ConfigureAwait(false) - 1;
            if (left > 0)
                throw CacheErrors.CacheDiffers.Make(FormattableString.Invariant($"{left:N0} keys could not be put in the place of their live ones, because those are in database {kept} already."),
                    "Take this back with Undo-OpsChange, and restore anew.", what.Target);
            await mark.EmptyAsync(staged, ct).ConfigureAwait(false);
        }
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CacheRestoreArguments what = CacheRestoreArguments.Read(run.Plan);
        await using RedisPipe pipe = await OpenAsync(run, what, cancellationToken).ConfigureAwait(false);
        var mark = new CacheMark(pipe, IdOf(run));
        bool began = false;
        foreach (int kept in what.Kept.Values) began |= await mark.ReadAsync(kept, cancellationToken).ConfigureAwait(false) is not null;
        if (!began && run.Undoes is not null)
            throw CacheErrors.CacheReplacedGone.Make($"Database {what.Kept.Values.First()} of the cache {what.Name} no longer holds what the restore {IdOf(run)} had replaced.",
                "It was removed, or the server lost it in a restart. Restore from a backup that was made before.", what.Target);
        if (began)
        {
            await run.StepAsync("take-out", () => TakeOutAsync(what, mark, pipe, cancellationToken)).ConfigureAwait(false);
            await run.StepAsync("put-back", () => PutBackAsync(what, mark, pipe, cancellationToken)).ConfigureAwait(false);
        }
        await run.StepAsync("clear", async () =>
        {
            foreach (int own in what.Staged.Values.Concat(what.Kept.Values))
                if (await mark.ReadAsync(own, cancellationToken).ConfigureAwait(false) is not null)
                    await mark.EmptyAsync(own, cancellationToken).ConfigureAwait(false);
            CacheRestoreNotes.Forget(run.Context, mark.Key);
        }).ConfigureAwait(false);
        return new ChangeResult(began
            ? "The keys that were live are back; those that were restored were removed"
            : "What had been loaded was removed; nothing live had been changed");
    }

    /// <summary>
    /// Removes live keys that were not there before. The mark says when that is done: what is put back then must not be taken for such.
    /// </summary>
    private static async Task TakeOutAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, CancellationToken ct)
    {
        foreach ((int live, int kept) in what.Kept)
        {
            // One whose place nothing was set aside for yet is as it was.
            if (await mark.ReadAsync(kept, ct).ConfigureAwait(false) is not CacheMark.Kept) continue;
            int staged = what.Staged[live];
            await mark.ScanAsync(live, what.Pattern ?? "*", async names =>
            {
                bool[] before = await mark.AreThereAsync(kept, names, ct).ConfigureAwait(false),
                waiting = await mark.AreThereAsync(staged, names, ct).ConfigureAwait(false);
                await mark.SelectAsync(live, ct).ConfigureAwait(false);
                for (int i = 0; i < names.Count; i++)
                    if (!before[i] && !waiting[i]) pipe.Add(Unlink, names[i]);
                mark.Checked("UNLINK", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
            }, ct).ConfigureAwait(false);
            await mark.WriteAsync(kept, CacheMark.Back, ct).ConfigureAwait(false);
        }
    }

    private static async Task PutBackAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, CancellationToken ct)
    {
        foreach ((int live, int kept) in what.Kept)
        {
            if (await mark.ReadAsync(kept, ct).ConfigureAwait(false) is not CacheMark.Back) continue;
            await mark.ScanAsync(kept, "*", async names =>
            {
                pipe.Add(Multi);
                foreach (byte[] name in names)
                {
                    pipe.Add(Select, CacheMark.Word(CacheMark.Text(live)));
                    pipe.Add(Unlink, name);
                    pipe.Add(Select, CacheMark.Word(CacheMark.Text(kept)));
                    pipe.Add(Move, name, CacheMark.Word(CacheMark.Text(live)));
                }
                pipe.Add(Exec);
                mark.Checked("MOVE", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
            }, ct).ConfigureAwait(false);
        }
    }
}
