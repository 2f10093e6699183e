using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Puts one schema in the place of another in one transaction, without a reader ever seeing an error or a mixture.</summary>
/// <remarks>
/// All tables of the live schema are locked first, so that every transaction that has seen one of them has ended. Whoever waits in the
/// queue looks the name up again once our transaction has ended, and finds the new table.
/// </remarks>
internal sealed class SchemaSwitch(NpgsqlConnection connection, IOpsReporter reporter)
{
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
    /// <param name="WhenBlocked">What to do when nobody lets the switch happen.</param>
    internal sealed record Swap(string Live, string Incoming, string? IncomingComment, string? Outgoing, string? OutgoingNote, string WhenBlocked);

    /// <summary>Swaps and returns how long locks were held at most.</summary>
    /// <exception cref="OpsException"><c>SwitchBlocked</c> when the time is up; nothing was changed then.</exception>
    public async Task<TimeSpan> RunAsync(Swap swap, SnapshotBarrier barrier, TimeSpan timeout, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<Blocker> old = await barrier.WaitAsync(timeout, ct).ConfigureAwait(false);
        if (old.Count > 0) throw Blocked(swap, timeout, "transactions that began before the restored rows were there", old);
        TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
        Task GiveWayAsync() => swap.Outgoing is null ? Task.CompletedTask : CancelVacuumsAsync(swap.Live, ct);
        if (await ShortLock.RunAsync(connection, left, Statements(swap), ct, GiveWayAsync).ConfigureAwait(false) is { } held) return held;
        throw Blocked(swap, timeout, "transactions that use its tables", (await HoldersAsync(swap.Live, ct).ConfigureAwait(false)).ConvertAll(h => h.Blocker));
    }

    private static string Statements(Swap swap)
    {
        string live = SqlName.Quote(swap.Live), incoming = SqlName.Quote(swap.Incoming);
        string away = swap.Outgoing is { } name
            ? $"{LockAll(swap.Live)} ALTER SCHEMA {live} RENAME TO {SqlName.Quote(name)}; COMMENT ON SCHEMA {SqlName.Quote(name)} IS {SqlName.Literal(swap.OutgoingNote!)};"
            : "";
        string comment = swap.IncomingComment is { } text ? SqlName.Literal(text) : "NULL";
        return $"{away} ALTER SCHEMA {incoming} RENAME TO {live}; COMMENT ON SCHEMA {live} IS {comment};";
    }

    /// <summary>
    /// LOCK TABLE takes no materialized views and foreign tables; giving one the owner it has takes the same lock and changes nothing.
    /// </summary>
    private static string LockAll(string schema) => $"""
        DECLARE taking text; BEGIN FOR taking IN
            SELECT pg_catalog.format(CASE c.relkind WHEN 'm' THEN 'ALTER MATERIALIZED VIEW %I.%I OWNER TO %I' WHEN 'f' THEN 'ALTER FOREIGN TABLE %I.%I OWNER TO %I'
                ELSE 'LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE' END, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner))
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = {SqlName.Literal(schema)} AND c.relkind IN ('r', 'p', 'm', 'f') ORDER BY c.oid
        LOOP EXECUTE taking; END LOOP; END;
        """;

    private async Task CancelVacuumsAsync(string schema, CancellationToken ct)
    {
        foreach ((Blocker blocker, bool isVacuum) in await HoldersAsync(schema, ct).ConfigureAwait(false))
            if (isVacuum) await CancelVacuumAsync(blocker, ct).ConfigureAwait(false);
    }

    /// <summary>An automatic vacuum gives way only to one who waits a second, longer than we may; it begins anew by itself.</summary>
    private async Task CancelVacuumAsync(Blocker vacuum, CancellationToken ct)
    {
        try
        {
            await connection.ExecuteAsync("SELECT pg_catalog.pg_cancel_backend($1)", ct, vacuum.ProcessId).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            reporter.Verbose($"An automatic vacuum ({vacuum}) is at work on the schema and this role may not stop it; the switch waits for it.");
        }
    }

    private Task<List<(Blocker Blocker, bool IsVacuum)>> HoldersAsync(string schema, CancellationToken ct) =>
        connection.ListAsync(HoldersSql, r => (new Blocker(r.GetInt32(0), r.GetString(1), r.GetString(2)), r.GetBoolean(3)), ct, schema);

    private static OpsException Blocked(Swap swap, TimeSpan timeout, string by, IReadOnlyCollection<Blocker> blockers) => new("SwitchBlocked",
        OpsErrorCategory.ResourceBusy,
        $"The schema {swap.Live} could not be switched within {timeout.TotalSeconds:0} s because of {by}: {(blockers.Count == 0 ? "many short ones" : string.Join(", ", blockers.Take(8)))}.",
        swap.WhenBlocked,
        swap.Live);
}
