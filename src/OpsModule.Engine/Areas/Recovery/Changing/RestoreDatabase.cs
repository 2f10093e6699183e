using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Restores a whole database, in the place of the live one or beside it.</summary>
internal sealed class RestoreDatabase : RestoreChange
{
    public const string KindName = "restore.database";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => RestoreArguments.Read(plan).Tenant is null ? base.TargetOf(plan)
        : throw new FormatException("it names a tenant.");

    protected override async Task<IReadOnlyList<PlanIdentity>> PlaceAsync(OpsContext context, PostgresServer server, RestoreArguments what,
        CancellationToken cancellationToken)
    {
        await using DatabaseKeeper keeper = await DatabaseKeeper.LookAsync(context, server, cancellationToken).ConfigureAwait(false);
        return await DatabaseIdentities.OfDatabaseAsync(keeper.Connection, what.As ?? server.Settings.Database, cancellationToken).ConfigureAwait(false);
    }

    protected override Task<RestoreNote> BuildAsync(OpsContext context, RestoreRequest request, PostgresServer server, RestoreBuild build, IKeeper keeper,
        CancellationToken cancellationToken) =>
        new DatabaseRestore(context, request, server).BuildAsync(build, (DatabaseKeeper)keeper, cancellationToken);
}
