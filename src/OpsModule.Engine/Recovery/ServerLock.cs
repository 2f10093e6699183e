using Npgsql;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Keeps restores from other hosts and environments away, where the lock file of this host cannot: advisory locks, which end with the
/// connection and count within the database it is connected to. They are named after what is on the server, as no two environments need
/// to call it the same. A tenant's restore shares the database with those of other tenants; a whole database's has it alone.
/// </summary>
internal static class ServerLock
{
    private const int Attempts = 20;
    private const string WholeDatabase = "OpsModule database";

    /// <summary>For work on one schema of the connection's database.</summary>
    public static async Task TakeSchemaAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        bool taken = await TryAsync(connection, "pg_try_advisory_lock_shared", WholeDatabase, ct).ConfigureAwait(false)
            && await TryAsync(connection, "pg_try_advisory_lock", "OpsModule schema " + schema, ct).ConfigureAwait(false);
        if (!taken) throw Locked($"the schema {schema} of database {connection.Database}, or of that whole database,", schema);
    }

    /// <summary>For work on the connection's whole database: keeps away work on its schemas.</summary>
    public static async Task TakeDatabaseAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (!await TryAsync(connection, "pg_try_advisory_lock", WholeDatabase, ct).ConfigureAwait(false))
            throw Locked($"the database {connection.Database}, or of a schema in it,", connection.Database);
    }

    /// <summary>For work on a whole database that need not exist, taken in the maintenance database.</summary>
    public static async Task TakeNameAsync(NpgsqlConnection maintenance, string database, CancellationToken ct)
    {
        if (!await TryAsync(maintenance, "pg_try_advisory_lock", "OpsModule database " + database, ct).ConfigureAwait(false))
            throw Locked($"the database {database}", database);
    }

    private static OpsException Locked(string what, string target) => new("TargetLocked", OpsErrorCategory.ResourceBusy,
        $"Another restore of {what} is under way from another host or environment.", "Wait for it to end, then run the command again.", target);

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
