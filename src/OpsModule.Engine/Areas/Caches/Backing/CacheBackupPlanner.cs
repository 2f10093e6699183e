using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Backing;

/// <summary>Plans backups of caches: it asks the server and changes nothing.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class CacheBackupPlanner(OpsContext context)
{
    /// <summary>The plan of one backup. A store that is unknown is told, and the plan is for the others.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="onUnknown">Told of each store that is unknown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>CacheUnknown</c>, <c>CacheServerUnsupported</c>, <c>CacheReplicaStale</c>, and what the connection
    /// reports.</exception>
    public async Task<ChangePlan> PlanAsync(CacheBackupRequest request, Action<OpsException> onUnknown, CancellationToken cancellationToken)
    {
        var what = new BackupArguments
        {
            Kind = BackupKind.Cache, Name = CacheServers.FindSettings(context.Environment, request.Name).Name,
            Stores = BackupPlanner.StoresOf(context, request.Stores, onUnknown),
            Compression = BackupPlanner.CompressionOf(request.Compression),
            Labels = BackupPlanner.LabelsOf(context, request.Labels),
        };
        RedisServer server = await CacheServers.ResolveAsync(context, what.Name, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        CacheSurvey survey = await CacheSurvey.AskAsync(server, connection, cancellationToken).ConfigureAwait(false);
        BackUpCache.RefuseStale(survey);
        string stores = string.Join(", ", what.Stores);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = BackUpCache.KindName, Action = CacheBackupRequest.Action, Target = what.Target,
            Subject = FormattableString.Invariant($"{what.Words} ({survey.Keys:N0} keys, {SizeText.Show(survey.UsedMemory)} of memory)"),
            Summary = $"Back up with {what.Compression} to {stores}", Arguments = what.Write(), PlannedAt = context.Time.GetUtcNow(),
            Identities = BackUpCache.Identities(context, survey),
            Undo = "a complete backup stays, for it changes nothing of what is operated; what is none yet is removed",
            Steps =
            [
                new PlannedStep(BackUp.Step,
                    $"Take the server's replication stream, count what is in it, and write it in one stream to {stores}; "
                    + "the manifest, which makes it a backup, comes last."),
            ],
            Warnings = survey.IsReplica
                ? [$"{survey.Name} is a replica: what its primary has not sent to it yet is not in the backup."] : [],
            Figures =
            [
                new PlanFigure("keys", FormattableString.Invariant($"{survey.Keys:N0}")),
                new PlanFigure("memory", SizeText.Show(survey.UsedMemory)),
                .. await DelayAsync(connection, cancellationToken).ConfigureAwait(false),
            ],
        };
    }

    /// <summary>
    /// How long the server waits before it begins to send, where it says so: it hopes that others come who want the same.
    /// </summary>
    private static async Task<IReadOnlyList<PlanFigure>> DelayAsync(RedisConnection connection, CancellationToken ct)
    {
        if (await AskAsync("repl-diskless-sync").ConfigureAwait(false) != "yes") return [];
        return await AskAsync("repl-diskless-sync-delay").ConfigureAwait(false) is { Length: > 0 } seconds and not "0"
            ? [new PlanFigure("the server begins after", seconds + " s (repl-diskless-sync-delay)")] : [];

        // Who may not ask it backs up all the same.
        async Task<string?> AskAsync(string setting) =>
            await connection.CallAsync(["CONFIG", "GET", setting], ct).ConfigureAwait(false)
                is RedisList { Items: [_, { Text: var value }] } ? value : null;
    }
}
