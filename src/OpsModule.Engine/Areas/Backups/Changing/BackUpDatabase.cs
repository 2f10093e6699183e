using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Backs up a database, or one tenant of it.</summary>
internal sealed class BackUpDatabase : BackUp
{
    public const string KindName = "backup.database";

    public override string Name => KindName;

    protected override BackupKind Kind => BackupKind.Database;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        BackupArguments what = Read(plan);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, what.Name, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await IdentitiesAsync(context, connection, what, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>That it is the same database and schema, and that nobody has changed whether backups are encrypted.</summary>
    public static async Task<IReadOnlyList<PlanIdentity>> IdentitiesAsync(OpsContext context, NpgsqlConnection connection,
        BackupArguments what, CancellationToken cancellationToken) =>
    [
        .. await (what.Tenant is { } tenant
            ? DatabaseIdentities.OfSchemaAsync(connection,
                TenantSchemas.SchemaOf(DatabaseServers.FindSettings(context.Environment, what.Name), tenant), cancellationToken)
            : DatabaseIdentities.OfDatabaseAsync(connection, connection.Database, cancellationToken)).ConfigureAwait(false),
        Encryption(context),
    ];

    protected override Task<BackupOutcome> MakeAsync(ChangeRun run, BackupArguments what, string key,
        CancellationToken cancellationToken) =>
        new DatabaseBackup(run, what).MakeAsync(key, cancellationToken);
}
