using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Restores one tenant's schema while the service runs.</summary>
internal sealed class RestoreTenant : RestoreChange
{
    public const string KindName = "restore.tenant";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => RestoreArguments.Read(plan) is { Tenant: not null, As: null } ? base.TargetOf(plan)
        : throw new FormatException("it names no tenant, or another database to make.");

    protected override async Task<IReadOnlyList<PlanIdentity>> PlaceAsync(OpsContext context, PostgresServer server, RestoreArguments what,
        CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await DatabaseIdentities.OfSchemaAsync(connection, TenantSchemas.SchemaOf(server.Settings, what.Tenant!), cancellationToken).ConfigureAwait(false);
    }

    protected override Task<RestoreNote> BuildAsync(OpsContext context, RestoreRequest request, PostgresServer server, RestoreBuild build, IKeeper keeper,
        CancellationToken cancellationToken) =>
        new TenantRestore(context, request, request.Tenant!, server).BuildAsync(build, (SchemaKeeper)keeper, cancellationToken);
}
