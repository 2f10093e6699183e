using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// Restores the keys of a pattern: they are loaded into an empty database, and then each takes the place of its live one in one transaction. The
/// live ones, and those that fit and the backup has not, are kept in another database until they are removed.
/// </summary>
internal sealed class LoadCache : RestoreCache
{
    public const string KindName = "cache.load";

    private const string SetAside = "set-aside", Exchange = "exchange";

    private static readonly byte[] Multi = CacheMark.Word("MULTI"), Exec = CacheMark.Word("EXEC"), Select = CacheMark.Word("SELECT"), Move = CacheMark.Word("MOVE"),
        Unlink = CacheMark.Word("UNLINK"), Add = CacheMark.Word("SADD");

    public override string Name => KindName;

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
            ?? throw CacheErrors.CacheDiffers.Make($"What the restore {IdOf(run)} had noted is not in the state folder any more.", "Take it back with Undo-OpsChange.", what.Target);
        await run.StepAsync(SetAside, () => SetAsideAsync(run, what, mark, pipe, notes, cancellationToken)).ConfigureAwait(false);
        await run.StepAsync(Exchange, async () =>
        {
            await ExchangeAsync(what, mark, pipe, cancellationToken).ConfigureAwait(false);
            await CountKeptAsync(run, what, mark, notes with { HasTouched = true }, what.Kept.Values,
                cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        long replaced = 0;
        foreach (int kept in what.Kept.Values) replaced += await mark.CountAsync(kept, cancellationToken).ConfigureAwait(false);
        return CacheRestoreResult.Of(run, what, CacheRestoreMethod.Load, IdOf(run), notes with { Replaced = replaced }, started, what.Kept.Values);
    }

    private static async Task SetAsideAsync(ChangeRun run, CacheRestoreArguments what, CacheMark mark, RedisPipe pipe,
        CacheRestoreNotes notes, CancellationToken ct)
    {
        foreach ((int live, int kept) in what.Kept)
        {
            int staged = what.Staged[live];
            if (await mark.ReadAsync(staged, ct).ConfigureAwait(false) is not CacheMark.Staged)
                throw CacheErrors.CacheDiffers.Make($"Database {staged} of {pipe.Place} no longer holds what was loaded into it. "
                    + (notes.HasTouched ? "Of what was live some may have been moved." : "Nothing live was changed."),
                    "Was the server restarted? Take this back with Undo-OpsChange, and restore anew.", what.Target);
            if (!notes.HasTouched) CacheRestoreNotes.Write(run.Context, mark.Key, notes = notes with { HasTouched = true });
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
                    pipe.Add(Select, CacheMark.Word(CacheMark.Text(kept)));
                    pipe.Add(Add, mark.Put, name);
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
        await CheckOrderAsync(run, what, pipe, cancellationToken).ConfigureAwait(false);
        CacheRestoreNotes? notes = CacheRestoreNotes.Read(run.Context, mark.Key);
        var states = new Dictionary<int, string?>();
        foreach (int kept in what.Kept.Values) states[kept] = await mark.ReadAsync(kept, cancellationToken).ConfigureAwait(false);
        bool began = states.Values.Any(s => s is not null);
        // Where it was being taken back when it was killed, something is put back, or cleared, already.
        bool again = states.ContainsValue(CacheMark.Back) || run.HasBegun("undo-clear");
        foreach ((int live, int kept) in what.Kept)
        {
            if (states[kept] is not null || again) continue;
            // Without a mark it is well only where nothing was moved yet: it is empty, and what was loaded still waits.
            bool waits = await mark.ReadAsync(what.Staged[live], cancellationToken).ConfigureAwait(false) is CacheMark.Staged;
            bool untouched = notes?.HasTouched != true
                || (waits && await mark.SizeAsync(kept, cancellationToken).ConfigureAwait(false) == 0);
            if (run.Undoes is not null || run.HasBegun(Exchange) || (run.HasBegun(SetAside) && !untouched)) throw Gone(run, what, kept);
        }
        if (began)
        {
            if (!again) await CheckKeptAsync(run, what, mark, notes, cancellationToken).ConfigureAwait(false);
            await run.StepAsync("take-out", () => TakeOutAsync(what, mark, pipe, cancellationToken)).ConfigureAwait(false);
            await run.StepAsync("put-back", () => PutBackAsync(what, mark, pipe, cancellationToken)).ConfigureAwait(false);
        }
        await run.StepAsync("clear", () => EmptyOwnAsync(run, what, mark, cancellationToken)).ConfigureAwait(false);
        return new ChangeResult(began ? "The keys that were live are back; those that were restored were removed" : "What had been loaded was removed; nothing live had been changed");
    }

    /// <summary>
    /// Removes the keys that were put among the live ones and were not there before, and no other. The mark says when that is
    /// done: what is put back then must not be taken for such.
    /// </summary>
    private static async Task TakeOutAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, CancellationToken ct)
    {
        foreach ((int live, int kept) in what.Kept)
        {
            // One whose place nothing was set aside for yet is as it was.
            if (await mark.ReadAsync(kept, ct).ConfigureAwait(false) is not CacheMark.Kept) continue;
            await mark.ScanPutAsync(kept, async names =>
            {
                bool[] before = await mark.AreThereAsync(kept, names, ct).ConfigureAwait(false);
                await mark.SelectAsync(live, ct).ConfigureAwait(false);
                for (int i = 0; i < names.Count; i++)
                    if (!before[i]) pipe.Add(Unlink, names[i]);
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
            // What is left would be flushed with the database.
            long left = 0;
            await mark.ScanAsync(kept, "*", names =>
            {
                left += names.Count;
                return Task.CompletedTask;
            }, ct).ConfigureAwait(false);
            if (left > 0)
                throw CacheErrors.CacheDiffers.Make(FormattableString.Invariant(
                    $"{left:N0} keys that were live could not be put back; they are in database {kept} still, ")
                    + "and nothing there was removed.",
                    "Take this back once more with Undo-OpsChange.", what.Target);
        }
    }
}
