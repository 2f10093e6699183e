using Npgsql;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Keeps restores from other hosts away, where the lock file of this host cannot: advisory locks, which end with the connection. A
/// tenant's restore shares the database with those of other tenants; a whole database's has it alone.
/// </summary>
internal static class ServerLock
{
    private const int Attempts = 20;

    public static async Task TakeAsync(NpgsqlConnection connection, string name, string? tenant, CancellationToken ct)
    {
        string database = RestoreNames.Target(name, null), target = RestoreNames.Target(name, tenant);
        bool taken = tenant is null
            ? await TryAsync(connection, "pg_try_advisory_lock", database, ct).ConfigureAwait(false)
            : await TryAsync(connection, "pg_try_advisory_lock_shared", database, ct).ConfigureAwait(false)
                && await TryAsync(connection, "pg_try_advisory_lock", target, ct).ConfigureAwait(false);
        if (!taken)
            throw new OpsException("TargetLocked", OpsErrorCategory.ResourceBusy, $"Another restore of {target}, or of what it is part of, is under way from another host or environment.",
                "Wait for it to end, then run the command again.", target);
    }

    private static async Task<bool> TryAsync(NpgsqlConnection connection, string function, string key, CancellationToken ct)
    {
        // The server may take a moment to notice that the process of a killed run is gone.
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0) await Task.Delay(100, ct).ConfigureAwait(false);
            if (await connection.ScalarAsync<bool>($"SELECT pg_catalog.{function}(pg_catalog.hashtextextended($1, 0))", ct, "OpsModule " + key).ConfigureAwait(false)) return true;
        }
        return false;
    }
}
