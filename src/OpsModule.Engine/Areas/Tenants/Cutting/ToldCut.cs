using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>Says in words what a database refuses of another one.</summary>
internal sealed class ToldCut(ITenantCut cut) : ITenantCut
{
    public string Step => cut.Step;

    public bool IsLifted => cut.IsLifted;

    public string WordsFor(string tenant) => cut.WordsFor(tenant);

    public string WhatFor(string tenant) => cut.WhatFor(tenant);

    public string? ToldOfLifting(IReadOnlyDictionary<string, string> before) => cut.ToldOfLifting(before);

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        CutLook? look = null;
        await ToldAsync(tenant, "Looking at", async () => look = await cut.LookAsync(tenant, cancellationToken).ConfigureAwait(false))
            .ConfigureAwait(false);
        return look!;
    }

    public Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        ToldAsync(tenant, "Doing", () => cut.CutAsync(run, tenant, before, cancellationToken));

    public Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        ToldAsync(tenant, "Lifting", () => cut.LiftAsync(run, tenant, before, cancellationToken));

    private async Task ToldAsync(string tenant, string doing, Func<Task> work)
    {
        try { await work().ConfigureAwait(false); }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, $"{doing} '{Step}' for tenant {tenant}", tenant); }
        catch (NpgsqlException e)
        {
            throw TenantErrors.TenantDatabaseLost.Make($"{doing} '{Step}' for tenant {tenant} was cut short: {e.Message.TrimEnd('.')}.",
                "When the server answers again, go on with it: Resume-OpsChange; or do it once more.", tenant, e);
        }
    }
}
