using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Backing;

/// <summary>Backs up a cache.</summary>
internal sealed class BackUpCache : BackUp
{
    public const string KindName = "backup.cache";

    public override string Name => KindName;

    protected override BackupKind Kind => BackupKind.Cache;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, Read(plan).Name, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return Identities(context, await CacheSurvey.AskAsync(server, connection, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>That the same server is asked in the same role, and that nobody has changed whether backups are encrypted.</summary>
    public static IReadOnlyList<PlanIdentity> Identities(OpsContext context, CacheSurvey survey) =>
        [new("role of the cache", survey.IsReplica ? "replica" : "primary"), Encryption(context)];

    /// <summary>Refuses a replica whose data is not its primary's.</summary>
    /// <exception cref="OpsException"><c>CacheReplicaStale</c>.</exception>
    public static void RefuseStale(CacheSurvey survey)
    {
        if (survey.Stale is { } why)
            throw CacheErrors.CacheReplicaStale.Make($"The cache {survey.Name} is a replica, and {why}: what it holds is not what there is.",
                "Back up the primary, or wait until the replica follows it again.", survey.Name);
    }

    protected override Task<BackupOutcome> MakeAsync(ChangeRun run, BackupArguments what, string key,
        CancellationToken cancellationToken) =>
        new CacheBackup(run, what).MakeAsync(key, cancellationToken);
}
