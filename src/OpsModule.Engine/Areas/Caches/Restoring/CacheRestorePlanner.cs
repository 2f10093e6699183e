using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Plans restores of caches: it walks through the backup, asks the server, and changes nothing.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class CacheRestorePlanner(OpsContext context)
{
    /// <summary>Plans one restore.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>BackupOfAnotherKind</c>, <c>CacheServerUnsupported</c>, <c>CacheVersionTooOld</c>, <c>CacheModulesMissing</c>,
    /// <c>CacheWouldEvict</c>, <c>CacheNoSpareDatabase</c>, <c>CacheNothingToRestore</c>, <c>CacheMethodUnsupported</c>, and what store and server report.</exception>
    public async Task<ChangePlan> PlanAsync(CacheRestoreRequest request, CancellationToken cancellationToken)
    {
        foreach (BackupRecord one in request.Backups) one.Require(BackupKind.Cache);
        BackupRecord backup = request.Backups[0];
        CacheRestoreMethod method = MethodOf(request);
        string name = CacheServers.FindSettings(context.Environment, request.Name ?? backup.Name).Name;
        RedisServer server = await CacheServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        CacheSurvey survey = await CacheSurvey.AskAsync(server, connection, cancellationToken).ConfigureAwait(false);
        CacheFit.Check(survey, backup);
        DateTimeOffset now = context.Time.GetUtcNow();
        TimeSpan age = now - backup.StartedAt;
        var look = new CacheLook(new CacheSelection(request.Databases, request.Pattern, now, request.ShiftExpiry ? age : TimeSpan.Zero));
        RdbFacts facts = await CacheContent.WalkAsync(context, backup, look, cancellationToken).ConfigureAwait(false);
        if (method == CacheRestoreMethod.Swap) CacheFit.CheckFunctions(backup, facts.Functions, look.Functions);
        if (look.Keys.Count == 0) throw Nothing(backup, look, request);
        int[] databases = [.. DatabasesOf(request, method, look, survey).Order()];
        IReadOnlyDictionary<int, string> keeping = await CacheFit
            .FindKeepingAsync(connection, databases.Where(survey.Databases.ContainsKey), cancellationToken).ConfigureAwait(false);
        foreach ((int database, string restore) in keeping) LeaveOut(request, name, database, restore, look);
        databases = [.. databases.Where(d => !keeping.ContainsKey(d))];
        if (look.Keys.Count == 0) throw Nothing(backup, look, request);
        int[] spare = await CacheFit.FindSparesAsync(survey, connection, databases, method == CacheRestoreMethod.Load ? 2 : 1, cancellationToken).ConfigureAwait(false);
        var what = new CacheRestoreArguments
        {
            Name = name, Backup = backup.Id, Sources = [.. request.Backups.Select(b => (b.Store, b.Key, b.Sha256))],
            Staged = databases.Select((d, i) => (d, i)).ToDictionary(d => d.d, d => spare[d.i]),
            Kept = method == CacheRestoreMethod.Swap ? new Dictionary<int, int>() : databases.Select((d, i) => (d, i)).ToDictionary(d => d.d, d => spare[databases.Length + d.i]),
            Pattern = request.Pattern, ShiftExpiry = request.ShiftExpiry, Functions = method == CacheRestoreMethod.Swap && look.Functions > 0,
        };
        ChangePlan plan = Plan(request, what, method, backup, survey, look);
        return plan with { PlannedAt = now, Warnings = [.. plan.Warnings, .. keeping.OrderBy(k => k.Key).Select(k =>
            $"Database {k.Key} keeps what the restore {k.Value} has replaced, and is left out; "
            + "what the backup has of it is not restored.")] };
    }

    /// <summary>What is kept for an earlier restore is not replaced: that restore could not be taken back any more.</summary>
    private static void LeaveOut(CacheRestoreRequest request, string name, int database, string restore, CacheLook look)
    {
        if (request.Databases?.Contains(database) is true || request.Pattern is not null)
            throw CacheErrors.CacheMethodUnsupported.Make(
                $"Database {database} of the cache {name} keeps what the restore {restore} has replaced.",
                $"Take that restore back (Undo-OpsChange {restore}), "
                    + $"or remove what it keeps (Remove-OpsCacheRestore {restore}), or name other databases.", name);
        look.Keys.Remove(database);
    }

    private ChangePlan Plan(CacheRestoreRequest request, CacheRestoreArguments what, CacheRestoreMethod method, BackupRecord backup, CacheSurvey survey, CacheLook look)
    {
        bool isSwap = method == CacheRestoreMethod.Swap;
        long live = what.Staged.Keys.Sum(d => survey.Databases.GetValueOrDefault(d).Keys), loaded = look.Keys.Values.Sum();
        string of = what.Pattern is null ? "" : $" of {what.Pattern}", databases = string.Join(", ", what.Staged.Keys.Order());
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = isSwap ? SwapCache.KindName : LoadCache.KindName, Action = CacheRestoreRequest.Action, Target = what.Target,
            Subject = FormattableString.Invariant($"cache {what.Name} ({survey.Keys:N0} keys)"),
            Summary = FormattableString.Invariant($"Restore {loaded:N0} keys{of} of backup {backup.Id}, {DurationText.Show(context.Time.GetUtcNow() - backup.StartedAt)} old, into database {databases}"),
            Arguments = what.Write(), Warnings = [.. Warnings(request, what, backup, survey, look, method)],
            Identities = RestoreCache.Identities(what, survey, what.Sources[0].Sha256),
            Undo = isSwap ? "the databases are swapped back; what was restored, and what was written since, is removed"
                : "the keys that were live are put back; those that were restored, and what was written to them since, are removed; "
                    + "keys written since under other names stay",
            Steps = isSwap ? SwapCache.Steps(what) : LoadCache.Steps(what),
            Figures =
            [
                new PlanFigure("keys restored", FormattableString.Invariant($"{loaded:N0}")),
                new PlanFigure("keys that have expired since the backup, and are left out", FormattableString.Invariant($"{look.Expired:N0}")),
                new PlanFigure(isSwap ? "live keys that are replaced and kept" : "live keys in these databases", FormattableString.Invariant($"{live:N0}")),
                new PlanFigure("memory now", SizeText.Show(survey.UsedMemory) + (survey.MaxMemory > 0 ? $" of {SizeText.Show(survey.MaxMemory)}" : "")),
            ],
        };
    }

    private static IEnumerable<string> Warnings(CacheRestoreRequest request, CacheRestoreArguments what, BackupRecord backup, CacheSurvey survey, CacheLook look,
        CacheRestoreMethod method)
    {
        if (look.Expired > 0 && !request.ShiftExpiry)
            yield return FormattableString.Invariant($"{look.Expired:N0} keys of the backup have expired since it was made, and are not restored; -ShiftExpiry gives them the time that they had left.");
        if (method == CacheRestoreMethod.Load && look.Functions > 0) yield return "The backup's functions are not restored: they are of the whole server.";
        if (survey.MaxMemory == 0 && backup.Cache is { UsedMemory: > 0 } facts)
            yield return $"Until Remove-OpsCacheRestore removes what is replaced, the server needs up to {SizeText.Show(facts.UsedMemory)} more memory.";
        if (what.Name != backup.Name) yield return $"The backup is of the cache {backup.Name}.";
        yield return "What is written to these databases while they are exchanged belongs to what is replaced.";
    }

    private static CacheRestoreMethod MethodOf(CacheRestoreRequest request) => request switch
    {
        { Method: CacheRestoreMethod.Swap, Pattern: not null } => throw CacheErrors.CacheMethodUnsupported.Make("Swap exchanges whole databases, and a pattern was given.", "Use -Method Load, or leave -Pattern out."),
        { Method: CacheRestoreMethod.Auto } => request.Pattern is null ? CacheRestoreMethod.Swap : CacheRestoreMethod.Load,
        _ => request.Method,
    };

    /// <summary>Of a whole cache also those that the backup has nothing of: what is live there is replaced by nothing.</summary>
    private static IEnumerable<int> DatabasesOf(CacheRestoreRequest request, CacheRestoreMethod method, CacheLook look, CacheSurvey survey) =>
        method == CacheRestoreMethod.Swap && request.Databases is null ? look.Keys.Keys.Union(survey.Databases.Keys) : look.Keys.Keys;

    private static OpsException Nothing(BackupRecord backup, CacheLook look, CacheRestoreRequest request)
    {
        string which = request.Pattern is null ? "no key" : $"no key that fits {request.Pattern}";
        return look.Expired > 0
            ? CacheErrors.CacheNothingToRestore.Make(FormattableString.Invariant($"All {look.Expired:N0} keys of backup {backup.Id} that are asked for have expired since it was made: the cache would be empty."),
                "Give them the time that they had left with -ShiftExpiry, or use a newer backup.", backup.Id)
            : CacheErrors.CacheNothingToRestore.Make($"Backup {backup.Id} holds {which}{(request.Databases is null ? "" : " in the databases that were named")}: the cache would be empty.",
                "Use another backup, or another pattern. Measure-OpsCache tells what is in it.", backup.Id);
    }
}
