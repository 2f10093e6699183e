using Npgsql;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// Keeps restores from other hosts and environments away, where the lock file of this host cannot: advisory locks, which end with the
/// connection and count within the database it is connected to. They are named after what is on the server, as no two environments need
/// to call it the same. A tenant's restore shares the database with those of other tenants; a whole database's has it alone.
/// </summary>
public static class ServerLock
{
    private const int Attempts = 20;
    private const string WholeDatabase = "OpsModule database";

    private const string HolderSql = """
        SELECT l.pid, a.usename::text, a.client_addr::text, a.application_name
        FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid CROSS JOIN (SELECT pg_catalog.hashtextextended($1, 0) AS key) h
        WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND l.objsubid = 1 AND l.classid::bigint = (h.key >> 32) & 4294967295 AND l.objid::bigint = h.key & 4294967295
        ORDER BY a.backend_start LIMIT 1
        """;

    /// <summary>For work on one schema of the connection's database.</summary>
    public static async Task TakeSchemaAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        string own = "OpsModule schema " + schema, what = $"the schema {schema} of database {connection.Database}, or of that whole database,";
        await TakeAsync(connection, "pg_try_advisory_lock_shared", WholeDatabase, what, schema, ct).ConfigureAwait(false);
        await TakeAsync(connection, "pg_try_advisory_lock", own, what, schema, ct).ConfigureAwait(false);
    }

    /// <summary>For work on the connection's whole database: keeps away work on its schemas.</summary>
    public static Task TakeDatabaseAsync(NpgsqlConnection connection, CancellationToken ct) =>
        TakeAsync(connection, "pg_try_advisory_lock", WholeDatabase, $"the database {connection.Database}, or of a schema in it,", connection.Database, ct);

    /// <summary>For work on a whole database that need not exist, taken in the maintenance database.</summary>
    public static Task TakeNameAsync(NpgsqlConnection maintenance, string database, CancellationToken ct) =>
        TakeAsync(maintenance, "pg_try_advisory_lock", "OpsModule database " + database, $"the database {database}", database, ct);

    private static async Task TakeAsync(NpgsqlConnection connection, string function, string key, string what, string target, CancellationToken ct)
    {
        if (!await TryAsync(connection, function, key, ct).ConfigureAwait(false)) throw await LockedAsync(connection, key, what, target, ct).ConfigureAwait(false);
    }

    /// <summary>Every role of the server can take such a lock, so whoever holds it is named.</summary>
    private static async Task<OpsException> LockedAsync(NpgsqlConnection connection, string key, string what, string target, CancellationToken ct)
    {
        List<(int Pid, string? Role, string? Address, string? Application)> holders =
            await connection.ListAsync(HolderSql, r => (r.GetInt32(0), r.Text(1), r.Text(2), r.Text(3)), ct, key).ConfigureAwait(false);
        if (holders.Count == 0) return Locked($"Another restore of {what} was under way from another host or environment a moment ago.", "Run the command again.", target);
        (int pid, string? role, string? address, string? application) = holders[0];
        string who = $"session {pid} of role {role ?? "(unknown)"} from {address ?? "the server's own machine"}";
        if (application is null)
            return Locked($"Another restore of {what} seems to be under way: {who} holds its lock. This role may not see what that session calls itself; an OpsModule session calls itself OpsModule.",
                $"Wait for it to end, then run the command again. Is it no restore, SELECT pg_terminate_backend({pid}) ends it.", target);
        return application.StartsWith("OpsModule", StringComparison.Ordinal)
            ? Locked($"Another restore of {what} is under way from another host or environment: {who} ({application}).", "Wait for it to end, then run the command again.", target)
            : Locked($"The lock for restores of {what} is held by {who}, which calls itself '{application}' and is no OpsModule session.",
                $"Find out why it holds the lock; SELECT pg_terminate_backend({pid}) ends it. Then run the command again.", target);
    }

    private static OpsException Locked(string message, string todo, string target) => new("TargetLocked", OpsErrorCategory.ResourceBusy, message, todo, target);

    private static async Task<bool> TryAsync(NpgsqlConnection connection, string function, string key, CancellationToken ct)
    {
        // The server may take a moment to notice that the process of a killed run is gone.
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0) await Task.Delay(100, ct).ConfigureAwait(false);
            if (await connection.ScalarAsync<bool>($"SELECT pg_catalog.{function}(pg_catalog.hashtextextended($1, 0))", ct, key).ConfigureAwait(false)) return true;
        }
        return false;
    }
}
