using System.Diagnostics;
using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// Waits until nobody can still look at the database as it was before the restored rows were committed: to a REPEATABLE READ
/// transaction that began earlier, the switched-in tables would seem empty.
/// </summary>
public sealed class SnapshotBarrier
{
    // A session of another role hides its xmin unless ours may read all statistics: it counts as holding a snapshot.
    private const string HoldersSql = """
        SELECT l.virtualtransaction, a.pid, coalesce(a.usename, '?'), coalesce(a.application_name, '')
        FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        JOIN pg_catalog.pg_database d ON d.oid = a.datid
        WHERE l.locktype = 'virtualxid' AND l.granted AND l.mode = 'ExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
          AND d.datname = pg_catalog.current_database() AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
          AND (a.backend_xmin IS NOT NULL OR a.query = '<insufficient privilege>')
        """;

    private readonly NpgsqlConnection _connection;
    private readonly HashSet<string> _waitFor;

    private SnapshotBarrier(NpgsqlConnection connection, HashSet<string> waitFor)
    {
        _connection = connection;
        _waitFor = waitFor;
    }

    /// <summary>Remembers who holds a snapshot now, when everything that was loaded has been committed.</summary>
    public static async Task<SnapshotBarrier> RaiseAsync(NpgsqlConnection connection, CancellationToken ct) =>
        new(connection, [.. (await HoldersAsync(connection, ct).ConfigureAwait(false)).Select(h => h.Transaction)]);

    /// <summary>Waits until all of them have let go; those that have not when the time is up.</summary>
    public async Task<IReadOnlyList<Blocker>> WaitAsync(TimeSpan timeout, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        while (_waitFor.Count > 0)
        {
            List<(string Transaction, Blocker Blocker)> now = await HoldersAsync(_connection, ct).ConfigureAwait(false);
            _waitFor.IntersectWith(now.Select(h => h.Transaction));
            if (_waitFor.Count == 0) break;
            if (Stopwatch.GetElapsedTime(start) > timeout) return [.. now.Where(h => _waitFor.Contains(h.Transaction)).Select(h => h.Blocker)];
            await Task.Delay(50, ct).ConfigureAwait(false);
        }
        return [];
    }

    private static Task<List<(string Transaction, Blocker Blocker)>> HoldersAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ListAsync(HoldersSql, r => (r.GetString(0), new Blocker(r.GetInt32(1), r.GetString(2), r.GetString(3))), ct);
}

/// <summary>A session that stands in the way.</summary>
public sealed record Blocker(int ProcessId, string User, string Application)
{
    /// <inheritdoc/>
    public override string ToString() => $"process {ProcessId} of {User}" + (Application.Length == 0 ? "" : $" ({Application})");
}
