using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>Sessions at a database that act as who logged in, whatever <c>SET role</c> the server has for it.</summary>
internal static class TenantDatabase
{
    /// <summary>Opens one.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="database">The database, by its name in the environment file.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="strong">True logs in as its restoreUser, where there is one: who may grant, and end sessions.</param>
    public static async Task<NpgsqlConnection> OpenAsync(OpsContext context, string database, CancellationToken ct, bool strong = false)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, database, ct).ConfigureAwait(false);
        NpgsqlConnection connection = await (strong ? server.ForRestoring() : server).ConnectAsync(ct).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync("SET SESSION ROLE NONE", ct).ConfigureAwait(false);
            // A lock that others hold must not keep a tenant served.
            await connection.ExecuteAsync("SET lock_timeout = '3s'", ct).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
