using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// Restores a cache by loading it into empty databases, which then take the places of the live ones in one transaction. What was live is
/// kept there until it is removed.
/// </summary>
internal sealed class SwapCache : RestoreCache
{
    public const string KindName = "cache.swap";

    private const string Functions = "functions", Switch = "switch";

    public override string Name => KindName;

    public static IReadOnlyList<PlannedStep> Steps(CacheRestoreArguments what)
    {
        string into = string.Join(", ", what.Staged.Values.Order()), live = string.Join(", ", what.Staged.Keys.Order());
        var steps = new List<PlannedStep>
        {
            new(Load, $"Load the backup into database {into}, which is empty, and compare the number of keys."),
        };
        if (what.Functions) steps.Add(new PlannedStep(Functions, "Load the backup's functions; those of the server are kept."));
        steps.Add(new PlannedStep(Switch, $"Swap database {live} with {into} in one transaction; what was live is kept there."));
        return steps;
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
        if (what.Functions)
            await run.StepAsync(Functions, async () => notes = await LoadFunctionsAsync(run, mark, pipe, notes, cancellationToken)
                .ConfigureAwait(false)).ConfigureAwait(false);
        await run.StepAsync(Switch, async () => notes = await SwitchAsync(run, what, mark, pipe, notes, cancellationToken)
            .ConfigureAwait(false)).ConfigureAwait(false);
        return Made(run, what, notes, started);
    }

    private static async Task<CacheRestoreNotes> LoadFunctionsAsync(ChangeRun run, CacheMark mark, RedisPipe pipe, CacheRestoreNotes notes,
        CancellationToken ct)
    {
        if (notes.FunctionsBefore is null)
        {
            notes = notes with { FunctionsBefore = (await pipe.AskAsync(ct, "FUNCTION", "DUMP").ConfigureAwait(false)).Bytes };
            CacheRestoreNotes.Write(run.Context, mark.Key, notes);
        }
        foreach (byte[] code in notes.Functions)
            pipe.Add(CacheMark.Word("FUNCTION"), CacheMark.Word("LOAD"), CacheMark.Word("REPLACE"), code);
        mark.Checked("FUNCTION LOAD", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
        return notes;
    }

    private static async Task<CacheRestoreNotes> SwitchAsync(ChangeRun run, CacheRestoreArguments what, CacheMark mark, RedisPipe pipe,
        CacheRestoreNotes notes, CancellationToken ct)
    {
        if (await IsSwitchedAsync(what, mark, ct).ConfigureAwait(false)) return notes;
        long replaced = 0;
        foreach ((int live, int spare) in what.Staged)
        {
            // A server that was restarted meanwhile may hold nothing of it any more: what is switched in must be what was compared.
            if (await mark.ReadAsync(spare, ct).ConfigureAwait(false) is not CacheMark.Staged)
                throw CacheErrors.CacheDiffers.Make($"Database {spare} of {pipe.Place} no longer holds what was loaded into it. Nothing live was changed.",
                    "Was the server restarted? Take this back with Undo-OpsChange, and restore anew.", what.Target);
            replaced += await mark.SizeAsync(live, ct).ConfigureAwait(false);
        }
        notes = notes with { Replaced = replaced };
        CacheRestoreNotes.Write(run.Context, mark.Key, notes);
        await SwapAsync(what, mark, pipe, CacheMark.Kept, ct).ConfigureAwait(false);
        return notes;
    }

    /// <summary>All at once: in between there is no moment at which some are swapped, or a mark says what is not so.</summary>
    private static async Task SwapAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, string state, CancellationToken ct)
    {
        pipe.Add("MULTI");
        foreach ((int live, int spare) in what.Staged)
        {
            pipe.Add("SWAPDB", CacheMark.Text(live), CacheMark.Text(spare));
            pipe.Add("SELECT", CacheMark.Text(live));
            pipe.Add("DEL", mark.Key);
            pipe.Add("SELECT", CacheMark.Text(spare));
            pipe.Add("SET", mark.Key, state);
        }
        pipe.Add("EXEC");
        mark.Checked("SWAPDB", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
    }

    private static async Task<bool> IsSwitchedAsync(CacheRestoreArguments what, CacheMark mark, CancellationToken ct) =>
        await mark.ReadAsync(what.Staged.Values.First(), ct).ConfigureAwait(false) is CacheMark.Kept;

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CacheRestoreArguments what = CacheRestoreArguments.Read(run.Plan);
        await using RedisPipe pipe = await OpenAsync(run, what, cancellationToken).ConfigureAwait(false);
        var mark = new CacheMark(pipe, IdOf(run));
        string? state = await mark.ReadAsync(what.Staged.Values.First(), cancellationToken).ConfigureAwait(false);
        if (state is null && run.Undoes is not null)
            throw CacheErrors.CacheReplacedGone.Make($"Database {what.Staged.Values.First()} of the cache {what.Name} no longer holds what the restore {IdOf(run)} had replaced.",
                "It was removed, or the server lost it in a restart. Restore from a backup that was made before.", what.Target);
        CacheRestoreNotes? notes = CacheRestoreNotes.Read(run.Context, mark.Key);
        if (state == CacheMark.Kept)
            await run.StepAsync("switch-back", () => SwapAsync(what, mark, pipe, CacheMark.Back, cancellationToken)).ConfigureAwait(false);
        if (notes?.FunctionsBefore is { } before)
            await run.StepAsync("functions-back", async () =>
            {
                pipe.Add(CacheMark.Word("FUNCTION"), CacheMark.Word("RESTORE"), before, CacheMark.Word("FLUSH"));
                mark.Checked("FUNCTION RESTORE", await pipe.ExchangeAsync(cancellationToken).ConfigureAwait(false));
            }).ConfigureAwait(false);
        await run.StepAsync("clear", async () =>
        {
            foreach (int spare in what.Staged.Values)
                if (await mark.ReadAsync(spare, cancellationToken).ConfigureAwait(false) is not null)
                    await mark.EmptyAsync(spare, cancellationToken).ConfigureAwait(false);
            CacheRestoreNotes.Forget(run.Context, mark.Key);
        }).ConfigureAwait(false);
        return new ChangeResult(state == CacheMark.Kept
            ? $"The cache {what.Name} is as it was before; what was restored was removed"
            : "What had been loaded was removed; nothing live had been changed");
    }

    private static ChangeResult Made(ChangeRun run, CacheRestoreArguments what, CacheRestoreNotes notes, long started) =>
        CacheRestoreResult.Of(run, what, CacheRestoreMethod.Swap, IdOf(run), notes, started, what.Staged.Values);
}
