using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>What both ways of restoring have in common: the backup is loaded beside what is live, and counted, before anything live is touched.</summary>
internal abstract class RestoreCache : ChangeKind
{
    public const string Load = "load";

    private const string Restore = "restore", Keys = "keys", Expired = "expired", Began = "began";

    public override string TargetOf(ChangePlan plan) => CacheRestoreArguments.Read(plan).Target;

    public override string WhenStopped(ChangePlan plan) =>
        $"The restore of {plan.Target} was stopped; Undo-OpsChange puts back what it had changed, and removes what it had loaded.";

    /// <summary>What was loaded and not switched in, or exchanged in part, can be taken away still.</summary>
    public override bool UndoesFailed => true;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken)
    {
        CacheRestoreArguments what = CacheRestoreArguments.Read(plan);
        BackupRecord backup = await FindAsync(context, what, cancellationToken).ConfigureAwait(false);
        return Identities(what, await SurveyAsync(context, what, cancellationToken).ConfigureAwait(false), backup.Sha256);
    }

    /// <summary>That it is the same run of the server, the same backup, and that the databases to load into are empty.</summary>
    public static IReadOnlyList<PlanIdentity> Identities(CacheRestoreArguments what, CacheSurvey survey, string sha256) =>
    [
        new("run of the cache", survey.RunId), new("role of the cache", survey.IsReplica ? "replica" : "primary"), new($"SHA-256 of backup {what.Backup}", sha256),
        .. what.Staged.Values.Concat(what.Kept.Values).Order().Select(d => new PlanIdentity($"database {d}", survey.Databases.ContainsKey(d) ? "in use" : "empty")),
    ];

    /// <summary>The id that marks what is a restore's own, also when it is taken back.</summary>
    protected static string IdOf(ChangeRun run) => run.Data.GetValueOrDefault(Restore) ?? run.Undoes ?? run.Id;

    protected static async Task<RedisPipe> OpenAsync(ChangeRun run, CacheRestoreArguments what, CancellationToken ct) =>
        await RedisPipe.OpenAsync(run, await CacheServers.ResolveAsync(run.Context, what.Name, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    /// <summary>Loads the backup into the empty databases, and compares what they hold with what was sent. What fails leaves nothing.</summary>
    protected static async Task LoadAsync(ChangeRun run, CacheRestoreArguments what, RedisPipe pipe, CancellationToken ct)
    {
        var mark = new CacheMark(pipe, IdOf(run));
        await run.StepAsync(Load, async () =>
        {
            // What is in each, at most: what is more is not this restore's.
            var own = new Dictionary<int, Func<long>>();
            try { await StageAsync(run, what, pipe, mark, own, ct).ConfigureAwait(false); }
            catch (Exception)
            {
                await ClearAsync(run, what, mark.Key, own).ConfigureAwait(false);
                throw;
            }
        }, new Dictionary<string, string> { [Restore] = run.Id, [Began] = run.Context.Time.GetUtcNow().ToString("O") }).ConfigureAwait(false);
    }

    /// <summary>What a restore's own databases hold before the live ones are touched is removed: nobody has it but the backup.</summary>
    private static async Task ClearAsync(ChangeRun run, CacheRestoreArguments what, string key, Dictionary<int, Func<long>> own)
    {
        try
        {
            await using RedisPipe pipe = await OpenAsync(run, what, CancellationToken.None).ConfigureAwait(false);
            foreach ((int database, Func<long> most) in own)
            {
                // They were empty when this run began to load: what is in them is its own, though a full server may have thrown the mark away.
                await pipe.AskAsync(CancellationToken.None, "SELECT", CacheMark.Text(database)).ConfigureAwait(false);
                long keys = (await pipe.AskAsync(CancellationToken.None, "DBSIZE").ConfigureAwait(false)).Number;
                if (keys > most() + 1)
                {
                    await pipe.AskAsync(CancellationToken.None, "SET", key, CacheMark.Mixed).ConfigureAwait(false);
                    run.Context.Reporter.Warning(FormattableString.Invariant(
                        $"Database {database} of the cache {what.Name} holds {keys:N0} keys, and this restore sent ")
                        + FormattableString.Invariant($"{most():N0} and a mark: others are somebody else's, so it was not emptied. ")
                        + $"Look at what is in it, and remove the rest yourself; its mark is {key}.");
                    continue;
                }
                await pipe.AskAsync(CancellationToken.None, "FLUSHDB").ConfigureAwait(false);
            }
        }
        catch (OpsException e)
        {
            run.Context.Reporter.Warning(
                $"What was loaded into database {string.Join(", ", own.Keys)} of the cache {what.Name} could not be removed: {e.Message}");
        }
    }

    private static async Task StageAsync(ChangeRun run, CacheRestoreArguments what, RedisPipe pipe, CacheMark mark,
        Dictionary<int, Func<long>> own, CancellationToken ct)
    {
        BackupRecord backup = await FindAsync(run.Context, what, ct).ConfigureAwait(false);
        CacheSurvey before = await SurveyAsync(run.Context, what, ct).ConfigureAwait(false);
        CacheFit.Check(before, backup);
        DateTimeOffset now = run.Context.Time.GetUtcNow();
        var selection = new CacheSelection([.. what.Staged.Keys], what.Pattern, now,
            what.ShiftExpiry ? now - backup.StartedAt : TimeSpan.Zero);
        var loader = new CacheLoader(pipe, selection, what.Staged, ct);
        foreach (int database in what.Staged.Values)
        {
            await mark.EmptyAsync(database, ct).ConfigureAwait(false);
            await mark.WriteAsync(database, CacheMark.Loading, ct).ConfigureAwait(false);
            own.Add(database, () => loader.Sent.GetValueOrDefault(database).Keys);
        }
        RdbFacts facts = await CacheContent.WalkAsync(run.Context, backup, loader, ct).ConfigureAwait(false);
        if (what.Functions) CacheFit.CheckFunctions(backup, facts.Functions, loader.Functions.Count);
        await Task.Run(loader.Flush, CancellationToken.None).ConfigureAwait(false);
        CacheSurvey after = await SurveyAsync(run.Context, what, ct).ConfigureAwait(false);
        if (after.Evicted > before.Evicted)
            throw CacheErrors.CacheWouldEvict.Make($"While the backup was loaded the cache {what.Name} has thrown away {after.Evicted - before.Evicted} keys ({after.Policy}), of what was live or of what was loaded.",
                "Raise maxmemory until what was replaced is removed, then restore anew.", what.Name);
        foreach (int database in what.Staged.Values) Compare(database, after, loader.Sent.GetValueOrDefault(database));
        // A checksum that is wrong is found at the very end: only now it is what the backup holds.
        foreach (int database in what.Staged.Values) await mark.WriteAsync(database, CacheMark.Staged, ct).ConfigureAwait(false);
        CacheRestoreNotes.Write(run.Context, mark.Key, new CacheRestoreNotes(loader.Sent.Values.Sum(s => s.Keys), loader.Expired, backup.StartedAt, loader.Functions));
    }

    /// <summary>All keys that never expire are there, and all that do, but for those whose time came meanwhile.</summary>
    private static void Compare(int database, CacheSurvey after, (long Keys, long Expiring, long Soon) sent)
    {
        (long keys, long expiring) = after.Databases.GetValueOrDefault(database);
        // The mark is one of them.
        long staying = keys - 1 - expiring;
        if (staying == sent.Keys - sent.Expiring && expiring <= sent.Expiring && expiring >= sent.Expiring - sent.Soon) return;
        throw CacheErrors.CacheDiffers.Make(FormattableString.Invariant($"Database {database} of the cache {after.Name} holds {staying:N0} keys and {expiring:N0} that expire, and {sent.Keys - sent.Expiring:N0} and {sent.Expiring:N0} were sent. Nothing live was changed."),
            "Does something else write to that database? Restore anew.", after.Name);
    }

    /// <summary>
    /// Refuses to take back a restore before one that was made after it in the same databases: what that one keeps is what
    /// this one had restored, and would later be put in the place of what is put back now.
    /// </summary>
    protected static async Task CheckOrderAsync(ChangeRun run, CacheRestoreArguments what, RedisPipe pipe, CancellationToken ct)
    {
        string id = IdOf(run);
        var journal = new Journal(run.Context.Environment, run.Context.Time);
        IReadOnlyList<JournalEntry> all = journal.Find(
            new JournalQuery { Targets = [what.Target], Actions = [CacheRestoreRequest.Action] }, out int _);
        foreach (JournalEntry later in all.SkipWhile(e => e.Id != id).Skip(1).Reverse())
        {
            if (later.Target != what.Target || later.Kind is not (SwapCache.KindName or LoadCache.KindName) || later.Steps.Count == 0
                || journal.FindUndo(later.Id) is not null) continue;
            CacheRestoreArguments other = CacheRestoreArguments.Read(PlanTrace.Read(later, run.Context.Environment.Name)!);
            if (!other.Staged.Keys.Any(d => what.Staged.ContainsKey(d)
                || what.Staged.Values.Contains(d) || what.Kept.Values.Contains(d))) continue;
            // One that was taken back, or whose kept keys were removed, has no mark any more, and nothing that it could put back.
            var mark = new CacheMark(pipe, later.Id);
            foreach (int kept in other.Kept.Count > 0 ? other.Kept.Values : other.Staged.Values)
            {
                if (await mark.ReadAsync(kept, ct).ConfigureAwait(false) is not (CacheMark.Kept or CacheMark.Back)) continue;
                throw ChangeErrors.ChangeNotUndoable.Make(
                    $"The restore {id} of {what.Target} cannot be taken back yet: the restore {later.Id} was made after it "
                    + $"in the same databases, and keeps what it replaced in database {kept}.",
                    $"Take that back first (Undo-OpsChange {later.Id}), or remove what it keeps (Remove-OpsCacheRestore {later.Id}).",
                    what.Target);
            }
        }
    }

    /// <summary>Of databases that keep what was replaced: how many keys never expire, marks left out.</summary>
    protected static async Task<CacheRestoreNotes> CountKeptAsync(ChangeRun run, CacheRestoreArguments what,
        CacheMark mark, CacheRestoreNotes notes, IEnumerable<int> kept, CancellationToken ct)
    {
        (Dictionary<int, long> staying, long evicted) = await StayingAsync(run, what, mark, kept, ct).ConfigureAwait(false);
        notes = notes with { Staying = staying, Evicted = evicted };
        CacheRestoreNotes.Write(run.Context, mark.Key, notes);
        return notes;
    }

    /// <summary>Refuses to put back what is not all there any more; tells when keys that expire may have been thrown away.</summary>
    protected static async Task CheckKeptAsync(ChangeRun run, CacheRestoreArguments what,
        CacheMark mark, CacheRestoreNotes? notes, CancellationToken ct)
    {
        if (notes?.Staying is not { } before) return;
        (Dictionary<int, long> now, long evicted) = await StayingAsync(run, what, mark, before.Keys, ct).ConfigureAwait(false);
        foreach ((int database, long keys) in before)
        {
            if (now[database] >= keys) continue;
            throw CacheErrors.CacheReplacedGone.Make(FormattableString.Invariant(
                $"Database {database} of the cache {what.Name} kept {keys:N0} keys that never expire for the restore {IdOf(run)}, ")
                + FormattableString.Invariant($"and holds {now[database]:N0} of them now: ")
                + "the server has thrown keys away, or somebody has removed them. Nothing was changed.",
                $"Restore from a backup that was made before. What is left is in database {database}.", what.Target);
        }
        if (evicted > notes.Evicted)
            run.Context.Reporter.Warning(FormattableString.Invariant(
                $"The cache {what.Name} has thrown away {evicted - notes.Evicted:N0} keys since the restore {IdOf(run)}: ")
                + "keys that expire, of those that are put back, may be among them.");
    }

    private static async Task<(Dictionary<int, long> Staying, long Evicted)> StayingAsync(
        ChangeRun run, CacheRestoreArguments what, CacheMark mark, IEnumerable<int> kept, CancellationToken ct)
    {
        CacheSurvey survey = await SurveyAsync(run.Context, what, ct).ConfigureAwait(false);
        var staying = new Dictionary<int, long>();
        foreach (int database in kept)
        {
            (long keys, long expiring) = survey.Databases.GetValueOrDefault(database);
            staying[database] = keys - expiring - await mark.MarksAsync(database, ct).ConfigureAwait(false);
        }
        return (staying, survey.Evicted);
    }

    /// <summary>That what a restore has replaced is not there any more.</summary>
    protected static OpsException Gone(ChangeRun run, CacheRestoreArguments what, int database) => CacheErrors.CacheReplacedGone.Make(
        $"Database {database} of the cache {what.Name} no longer holds what the restore {IdOf(run)} had replaced.",
        "It was removed, or the server lost it in a restart. Restore from a backup that was made before.", what.Target);

    /// <summary>Empties what is a restore's own, and forgets it.</summary>
    protected static async Task EmptyOwnAsync(ChangeRun run, CacheRestoreArguments what, CacheMark mark, CancellationToken ct)
    {
        foreach (int own in what.Staged.Values.Concat(what.Kept.Values))
        {
            string? state = await mark.ReadAsync(own, ct).ConfigureAwait(false);
            if (state is CacheMark.Mixed)
                run.Context.Reporter.Warning(
                    $"Database {own} of the cache {what.Name} holds keys that are not this restore's, "
                    + $"and was not emptied. Its mark is {mark.Key}.");
            else if (state is not null) await mark.EmptyAsync(own, ct).ConfigureAwait(false);
        }
        CacheRestoreNotes.Forget(run.Context, mark.Key);
    }

    protected static async Task<CacheSurvey> SurveyAsync(OpsContext context, CacheRestoreArguments what, CancellationToken ct)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, what.Name, ct).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        return await CacheSurvey.AskAsync(server, connection, ct).ConfigureAwait(false);
    }

    /// <summary>The backup, from the first store that has it as it was planned with.</summary>
    private static async Task<BackupRecord> FindAsync(OpsContext context, CacheRestoreArguments what, CancellationToken ct)
    {
        OpsException? first = null;
        foreach ((string store, string key, string sha256) in what.Sources)
        {
            try
            {
                BackupRecord found = await new BackupCatalog(context).FindAtAsync(store, key, ct).ConfigureAwait(false);
                if (found.Sha256 == sha256) return found.Require(BackupKind.Cache);
                first ??= ChangeErrors.DriftDetected.Make($"Backup {what.Backup} in store {store} is not the one that this was planned with.", "Plan anew.", what.Target);
            }
            catch (OpsException e) { first ??= e; }
        }
        throw first!;
    }
}
