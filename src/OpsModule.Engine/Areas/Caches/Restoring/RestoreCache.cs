using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// What both ways of restoring have in common: the backup is loaded beside what is live, and counted, before anything live is touched.
/// </summary>
internal abstract class RestoreCache : ChangeKind
{
    public const string Load = "load";

    private const string Restore = "restore", Keys = "keys", Expired = "expired", Began = "began";

    public override string TargetOf(ChangePlan plan) => CacheRestoreArguments.Read(plan).Target;

    public override string WhenStopped(ChangePlan plan) =>
        $"The restore of {plan.Target} was stopped before anything live was changed; what it had loaded was removed.";

    /// <summary>What was loaded and not switched in, or exchanged in part, can be taken away still.</summary>
    public override bool UndoesFailed => true;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        CacheRestoreArguments what = CacheRestoreArguments.Read(plan);
        BackupRecord backup = await FindAsync(context, what, cancellationToken).ConfigureAwait(false);
        return Identities(what, await SurveyAsync(context, what, cancellationToken).ConfigureAwait(false), backup.Sha256);
    }

    /// <summary>That it is the same run of the server, the same backup, and that the databases to load into are empty.</summary>
    public static IReadOnlyList<PlanIdentity> Identities(CacheRestoreArguments what, CacheSurvey survey, string sha256) =>
    [
        new("run of the cache", survey.RunId), new("role of the cache", survey.IsReplica ? "replica" : "primary"),
        new($"SHA-256 of backup {what.Backup}", sha256),
        .. what.Staged.Values.Concat(what.Kept.Values).Order()
            .Select(d => new PlanIdentity($"database {d}", survey.Databases.ContainsKey(d) ? "in use" : "empty")),
    ];

    /// <summary>The id that marks what is a restore's own, also when it is taken back.</summary>
    protected static string IdOf(ChangeRun run) => run.Data.GetValueOrDefault(Restore) ?? run.Undoes ?? run.Id;

    protected static async Task<RedisPipe> OpenAsync(ChangeRun run, CacheRestoreArguments what, CancellationToken ct) =>
        await RedisPipe.OpenAsync(run, await CacheServers.ResolveAsync(run.Context, what.Name, ct).ConfigureAwait(false),
            ct).ConfigureAwait(false);

    /// <summary>
    /// Loads the backup into the empty databases, and compares what they hold with what was sent. What fails leaves nothing.
    /// </summary>
    protected static async Task LoadAsync(ChangeRun run, CacheRestoreArguments what, RedisPipe pipe, CancellationToken ct)
    {
        var mark = new CacheMark(pipe, IdOf(run));
        await run.StepAsync(Load, async () =>
        {
            var own = new HashSet<int>();
            try { await StageAsync(run, what, pipe, mark, own, ct).ConfigureAwait(false); }
            catch (Exception)
            {
                await ClearAsync(run, what, own).ConfigureAwait(false);
                throw;
            }
        }, new Dictionary<string, string> { [Restore] = run.Id, [Began] = run.Context.Time.GetUtcNow().ToString("O") })
            .ConfigureAwait(false);
    }

    /// <summary>What a restore's own databases hold before the live ones are touched is removed: nobody has it but the backup.</summary>
    private static async Task ClearAsync(ChangeRun run, CacheRestoreArguments what, IReadOnlyCollection<int> own)
    {
        try
        {
            await using RedisPipe pipe = await OpenAsync(run, what, CancellationToken.None).ConfigureAwait(false);
            foreach (int database in own)
            {
                // They were empty when this run began to load: what is in them is its own, though a full server may have thrown the mark away.
                await pipe.AskAsync(CancellationToken.None, "SELECT", CacheMark.Text(database)).ConfigureAwait(false);
                await pipe.AskAsync(CancellationToken.None, "FLUSHDB").ConfigureAwait(false);
            }
        }
        catch (OpsException e)
        {
            run.Context.Reporter.Warning($"What was loaded into database {string.Join(", ", own)} of the cache {what.Name} could not be removed: {e.Message}");
        }
    }

    private static async Task StageAsync(ChangeRun run, CacheRestoreArguments what, RedisPipe pipe, CacheMark mark, HashSet<int> own,
        CancellationToken ct)
    {
        BackupRecord backup = await FindAsync(run.Context, what, ct).ConfigureAwait(false);
        CacheSurvey before = await SurveyAsync(run.Context, what, ct).ConfigureAwait(false);
        CacheFit.Check(before, backup);
        foreach (int database in what.Staged.Values)
        {
            await mark.EmptyAsync(database, ct).ConfigureAwait(false);
            await mark.WriteAsync(database, CacheMark.Loading, ct).ConfigureAwait(false);
            own.Add(database);
        }
        DateTimeOffset now = run.Context.Time.GetUtcNow();
        var selection = new CacheSelection([.. what.Staged.Keys], what.Pattern, now,
            what.ShiftExpiry ? now - backup.StartedAt : TimeSpan.Zero);
        var loader = new CacheLoader(pipe, selection, what.Staged, ct);
        await CacheContent.WalkAsync(run.Context, backup, loader, ct).ConfigureAwait(false);
        await Task.Run(loader.Flush, CancellationToken.None).ConfigureAwait(false);
        CacheSurvey after = await SurveyAsync(run.Context, what, ct).ConfigureAwait(false);
        if (after.Evicted > before.Evicted)
            throw CacheErrors.CacheWouldEvict.Make($"While the backup was loaded the cache {what.Name} has thrown away {after.Evicted - before.Evicted} keys ({after.Policy}), of what was live or of what was loaded.",
                "Raise maxmemory until what was replaced is removed, then restore anew.", what.Name);
        foreach (int database in what.Staged.Values) Compare(database, after, loader.Sent.GetValueOrDefault(database));
        // A checksum that is wrong is found at the very end: only now it is what the backup holds.
        foreach (int database in what.Staged.Values) await mark.WriteAsync(database, CacheMark.Staged, ct).ConfigureAwait(false);
        CacheRestoreNotes.Write(run.Context, mark.Key,
            new CacheRestoreNotes(loader.Sent.Values.Sum(s => s.Keys), loader.Expired, backup.StartedAt, loader.Functions));
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
