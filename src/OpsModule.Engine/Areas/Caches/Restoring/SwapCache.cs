using System.Security.Cryptography;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// Restores a cache by loading it into empty databases, which then take the places of the live ones in one transaction. What was live is kept
/// there until it is removed.
/// </summary>
internal sealed class SwapCache : RestoreCache
{
    public const string KindName = "cache.swap";

    private const string Functions = "functions", Switch = "switch";

    public override string Name => KindName;

    public static IReadOnlyList<PlannedStep> Steps(CacheRestoreArguments what)
    {
        string into = string.Join(", ", what.Staged.Values.Order()), live = string.Join(", ", what.Staged.Keys.Order());
        var steps = new List<PlannedStep> { new(Load, $"Load the backup into database {into}, which is empty, and compare the number of keys.") };
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
            ?? throw CacheErrors.CacheDiffers.Make($"What the restore {IdOf(run)} had noted is not in the state folder any more.", "Take it back with Undo-OpsChange.", what.Target);
        if (what.Functions)
            await run.StepAsync(Functions, async () => notes = await LoadFunctionsAsync(run, mark, pipe, notes, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await run.StepAsync(Switch, async () => notes = await SwitchAsync(run, what, mark, pipe, notes, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return Made(run, what, notes, started);
    }

    private static async Task<CacheRestoreNotes> LoadFunctionsAsync(ChangeRun run, CacheMark mark, RedisPipe pipe, CacheRestoreNotes notes, CancellationToken ct)
    {
        if (notes.FunctionsBefore is null)
        {
            IReadOnlyList<string> there = await FunctionsAsync(pipe, ct).ConfigureAwait(false);
            notes = notes with
            {
                FunctionsBefore = (await pipe.AskAsync(ct, "FUNCTION", "DUMP").ConfigureAwait(false)).Bytes,
                FunctionsKnown = [.. there, .. notes.Functions.Select(Hash)],
            };
            CacheRestoreNotes.Write(run.Context, mark.Key, notes);
        }
        foreach (byte[] code in notes.Functions) pipe.Add(CacheMark.Word("FUNCTION"), CacheMark.Word("LOAD"), CacheMark.Word("REPLACE"), code);
        mark.Checked("FUNCTION LOAD", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
        return notes;
    }

    /// <summary>The SHA-256 of the code of each library of the server.</summary>
    private static async Task<IReadOnlyList<string>> FunctionsAsync(RedisPipe pipe, CancellationToken ct)
    {
        PipeReply all = await pipe.AskAsync(ct, "FUNCTION", "LIST", "WITHCODE").ConfigureAwait(false);
        return [.. (all.Items ?? [])
            .Select(l => Hash(l.Items!.SkipWhile(i => i.Text != "library_code").Skip(1).FirstOrDefault()?.Bytes ?? []))];
    }

    private static string Hash(byte[] code) => Convert.ToHexString(SHA256.HashData(code));

    private static async Task<CacheRestoreNotes> SwitchAsync(ChangeRun run, CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, CacheRestoreNotes notes, CancellationToken ct)
    {
        if (await IsSwitchedAsync(what, mark, ct).ConfigureAwait(false))
            return notes.Staying is not null ? notes
                : await CountKeptAsync(run, what, mark, notes, what.Staged.Values, ct).ConfigureAwait(false);
        long replaced = 0;
        foreach ((int live, int spare) in what.Staged)
        {
            // A server that was restarted meanwhile may hold nothing of it any more: what is switched in must be what was compared.
            if (await mark.ReadAsync(spare, ct).ConfigureAwait(false) is not CacheMark.Staged)
                throw CacheErrors.CacheDiffers.Make($"Database {spare} of {pipe.Place} no longer holds what was loaded into it. "
                    + (what.Functions ? "The backup's functions were loaded; no live key was changed." : "Nothing live was changed."),
                    "Was the server restarted? Take this back with Undo-OpsChange, and restore anew.", what.Target);
            replaced += await mark.SizeAsync(live, ct).ConfigureAwait(false);
        }
        notes = notes with { Replaced = replaced, HasTouched = true };
        CacheRestoreNotes.Write(run.Context, mark.Key, notes);
        await SwapAsync(what, mark, pipe, CacheMark.Kept).ConfigureAwait(false);
        // Nobody uses the databases that keep it: what never expires is there until it is thrown away.
        return await CountKeptAsync(run, what, mark, notes, what.Staged.Values, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// All at once: in between there is no moment at which some are swapped, or a mark says what is not so. Nobody stops it:
    /// it would not be known whether it was done.
    /// </summary>
    private static async Task SwapAsync(CacheRestoreArguments what, CacheMark mark, RedisPipe pipe, string state)
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
        mark.Checked("SWAPDB", await pipe.ExchangeAsync(CancellationToken.None).ConfigureAwait(false));
    }

    private static async Task<bool> IsSwitchedAsync(CacheRestoreArguments what, CacheMark mark, CancellationToken ct) =>
        await mark.ReadAsync(what.Staged.Values.First(), ct).ConfigureAwait(false) is CacheMark.Kept;

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        CacheRestoreArguments what = CacheRestoreArguments.Read(run.Plan);
        await using RedisPipe pipe = await OpenAsync(run, what, cancellationToken).ConfigureAwait(false);
        var mark = new CacheMark(pipe, IdOf(run));
        await CheckOrderAsync(run, what, pipe, cancellationToken).ConfigureAwait(false);
        int first = what.Staged.Values.First();
        string? state = await mark.ReadAsync(first, cancellationToken).ConfigureAwait(false);
        CacheRestoreNotes? notes = CacheRestoreNotes.Read(run.Context, mark.Key);
        bool touched = run.Undoes is not null || (run.HasBegun(Switch) && notes?.HasTouched == true);
        if (state is null && touched && !run.HasBegun("undo-clear")) throw Gone(run, what, first);
        bool switched = state is CacheMark.Kept or CacheMark.Back;
        if (state == CacheMark.Kept)
        {
            // They were swapped at once: one that bears no mark was emptied by somebody, or by the server.
            foreach (int spare in what.Staged.Values)
                if (await mark.ReadAsync(spare, cancellationToken).ConfigureAwait(false) is not CacheMark.Kept)
                    throw Gone(run, what, spare);
            await CheckKeptAsync(run, what, mark, notes, cancellationToken).ConfigureAwait(false);
            await run.StepAsync("switch-back", () => SwapAsync(what, mark, pipe, CacheMark.Back)).ConfigureAwait(false);
        }
        bool functions = true;
        if (notes?.FunctionsBefore is { } before)
            await run.StepAsync("functions-back", async () =>
                functions = await PutFunctionsBackAsync(run, what, notes, mark, pipe, before, cancellationToken).ConfigureAwait(false))
                .ConfigureAwait(false);
        await run.StepAsync("clear", () => EmptyOwnAsync(run, what, mark, cancellationToken)).ConfigureAwait(false);
        return new ChangeResult(!switched ? "What had been loaded was removed; no live key had been changed"
            : functions ? $"The cache {what.Name} is as it was before; what was restored was removed"
            : $"The keys of the cache {what.Name} are as they were before, its functions as they are now; what was restored was removed");
    }

    /// <summary>Functions that were deployed since would be lost with those of the backup: all are left then.</summary>
    private static async Task<bool> PutFunctionsBackAsync(ChangeRun run, CacheRestoreArguments what, CacheRestoreNotes notes,
        CacheMark mark, RedisPipe pipe, byte[] before, CancellationToken ct)
    {
        IReadOnlyList<string> there = await FunctionsAsync(pipe, ct).ConfigureAwait(false);
        if (notes.FunctionsKnown is { } known && there.FirstOrDefault(f => !known.Contains(f)) is not null)
        {
            run.Context.Reporter.Warning($"The cache {what.Name} has {there.Count(f => !known.Contains(f))} libraries of functions "
                + $"that were deployed after the restore {IdOf(run)}: its functions were left as they are. "
                + "Deploy those that it had before, where they are wanted.");
            return false;
        }
        pipe.Add(CacheMark.Word("FUNCTION"), CacheMark.Word("RESTORE"), before, CacheMark.Word("FLUSH"));
        mark.Checked("FUNCTION RESTORE", await pipe.ExchangeAsync(ct).ConfigureAwait(false));
        return true;
    }

    private static ChangeResult Made(ChangeRun run, CacheRestoreArguments what, CacheRestoreNotes notes, long started) =>
        CacheRestoreResult.Of(run, what, CacheRestoreMethod.Swap, IdOf(run), notes, started, what.Staged.Values);
}
