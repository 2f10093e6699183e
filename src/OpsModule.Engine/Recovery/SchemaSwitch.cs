using System.Diagnostics;
using Npgsql;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>Puts one schema in the place of another in one transaction, without a reader ever seeing an error or a mixture.</summary>
/// <remarks>
/// All tables of the live schema are locked first, so that every transaction that has seen one of them has ended. Whoever waits in the
/// queue looks the name up again once our transaction has ended, and finds the new table.
/// </remarks>
internal sealed class SchemaSwitch(NpgsqlConnection connection, IOpsReporter reporter)
{
    private const string LockableSql = """
        SELECT c.relname, c.relkind::text, pg_catalog.pg_get_userbyid(c.relowner)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'm', 'f') ORDER BY c.oid
        """;

    private const string HoldersSql = """
        SELECT DISTINCT a.pid, coalesce(a.usename, '?'), coalesce(a.application_name, ''), a.backend_type = 'autovacuum worker'
        FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        WHERE n.nspname = $1 AND l.granted AND l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    /// <summary>One schema swap.</summary>
    /// <param name="Live">The name that is switched.</param>
    /// <param name="Incoming">The schema that takes the name.</param>
    /// <param name="IncomingComment">The comment it shall have.</param>
    /// <param name="Outgoing">What the live schema is called afterwards; null when there is none.</param>
    /// <param name="OutgoingNote">The comment that explains it.</param>
    internal sealed record Swap(string Live, string Incoming, string? IncomingComment, string? Outgoing, string? OutgoingNote);

    /// <summary>Swaps and returns how long locks were held at most.</summary>
    /// <exception cref="OpsException"><c>SwitchBlocked</c> when the time is up; nothing was changed then.</exception>
    public async Task<TimeSpan> RunAsync(Swap swap, SnapshotBarrier barrier, TimeSpan timeout, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<Blocker> old = await barrier.WaitAsync(timeout, ct).ConfigureAwait(false);
        if (old.Count > 0) throw Blocked(swap, timeout, "transactions that began before the restored rows were there", old);
        TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
        if (await ShortLock.RunAsync(connection, left, () => AttemptAsync(swap, ct), ct).ConfigureAwait(false) is { } held) return held;
        throw Blocked(swap, timeout, "transactions that use its tables", (await HoldersAsync(swap.Live, ct).ConfigureAwait(false)).ConvertAll(h => h.Blocker));
    }

    private async Task AttemptAsync(Swap swap, CancellationToken ct)
    {
        if (swap.Outgoing is not null) await LockAsync(swap.Live, ct).ConfigureAwait(false);
        string live = SqlName.Quote(swap.Live), incoming = SqlName.Quote(swap.Incoming);
        string away = swap.Outgoing is { } name
            ? $"ALTER SCHEMA {live} RENAME TO {SqlName.Quote(name)}; COMMENT ON SCHEMA {SqlName.Quote(name)} IS {SqlName.Literal(swap.OutgoingNote!)};"
            : "";
        string comment = swap.IncomingComment is { } text ? SqlName.Literal(text) : "NULL";
        await connection.ExecuteAsync($"{away} ALTER SCHEMA {incoming} RENAME TO {live}; COMMENT ON SCHEMA {live} IS {comment};", ct).ConfigureAwait(false);
    }

    private async Task LockAsync(string schema, CancellationToken ct)
    {
        foreach ((Blocker blocker, bool isVacuum) in await HoldersAsync(schema, ct).ConfigureAwait(false))
            if (isVacuum) await CancelVacuumAsync(blocker, ct).ConfigureAwait(false);
        List<(string Name, string Kind, string Owner)> relations =
            await connection.ListAsync(LockableSql, r => (r.GetString(0), r.GetString(1), r.GetString(2)), ct, schema).ConfigureAwait(false);
        string[] tables = [.. relations.Where(r => r.Kind is "r" or "p").Select(r => SqlName.Quote(schema, r.Name))];
        // LOCK TABLE takes no materialized views and foreign tables; giving one the owner it has takes the same lock and changes nothing.
        IEnumerable<string> others = relations.Where(r => r.Kind is "m" or "f")
            .Select(r => $"ALTER {(r.Kind == "m" ? "MATERIALIZED VIEW" : "FOREIGN TABLE")} {SqlName.Quote(schema, r.Name)} OWNER TO {SqlName.Quote(r.Owner)};");
        string sql = (tables.Length == 0 ? "" : $"LOCK TABLE ONLY {string.Join(", ONLY ", tables)} IN ACCESS EXCLUSIVE MODE;") + string.Concat(others);
        if (sql.Length > 0) await connection.ExecuteAsync(sql, ct).ConfigureAwait(false);
    }

    /// <summary>An automatic vacuum gives way only to one who waits a second, longer than we may; it begins anew by itself.</summary>
    private async Task CancelVacuumAsync(Blocker vacuum, CancellationToken ct)
    {
        await connection.ExecuteAsync("SAVEPOINT vacuum", ct).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync("SELECT pg_catalog.pg_cancel_backend($1)", ct, vacuum.ProcessId).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            reporter.Verbose($"An automatic vacuum ({vacuum}) is at work on the schema and this role may not stop it; the switch waits for it.");
            await connection.ExecuteAsync("ROLLBACK TO SAVEPOINT vacuum", ct).ConfigureAwait(false);
        }
    }

    private Task<List<(Blocker Blocker, bool IsVacuum)>> HoldersAsync(string schema, CancellationToken ct) =>
        connection.ListAsync(HoldersSql, r => (new Blocker(r.GetInt32(0), r.GetString(1), r.GetString(2)), r.GetBoolean(3)), ct, schema);

    private static OpsException Blocked(Swap swap, TimeSpan timeout, string by, IReadOnlyCollection<Blocker> blockers) => new("SwitchBlocked",
        OpsErrorCategory.ResourceBusy,
        $"The schema {swap.Live} could not be switched within {timeout.TotalSeconds:0} s because of {by}: {(blockers.Count == 0 ? "many short ones" : string.Join(", ", blockers.Take(8)))}.",
        "Nothing live was changed, and what was restored is kept beside it. End those sessions or wait for them, then run the command again with -Resume; or give it up with -Undo.",
        swap.Live);
}
