using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Health.Memories;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What one connection and one query tell of a PostgreSQL database.</summary>
internal static class DatabaseCheck
{
    public const string Connect = "database.connect";

    public const string Archive = "database.archive";

    // Our own session says for itself that it may write; what it would have been given else is the server's setting, the database's, or the
    // role's own. A role that only reads by its own setting is meant to, and hides what others get: then the database's counts.
    private const string RoleQuery = """
        SELECT pg_is_in_recovery(),
               (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'),
               EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE c LIKE 'default_transaction_read_only=%'
                         AND s.setrole = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND s.setdatabase IN (0, d.oid)),
               EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setrole = 0 AND s.setdatabase IN (0, d.oid)
                         AND c IN ('default_transaction_read_only=on', 'default_transaction_read_only=true', 'default_transaction_read_only=1', 'default_transaction_read_only=yes'))
        FROM pg_database d WHERE d.datname = current_database()
        """;

    // Sessions of this round are not counted: they are there only because somebody looks.
    // pg_locks and the number of sessions are told to everybody; transactions of other roles only to members of pg_read_all_stats.
    // Who waits for a lock is no culprit, whoever waits for it in turn. Number 0 stands for a prepared transaction, which has no session.
    private const string Query = """
        SELECT (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' AND pid <> ALL ($1)
                  AND application_name IS DISTINCT FROM current_setting('application_name')),
               current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
               (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND backend_type IS NULL),
               t.who, t.age, t.state, t.ends,
               (SELECT count(*) FROM waiting), (SELECT string_agg(b.pid::text, ', ' ORDER BY b.pid) FROM culprits b),
               (SELECT string_agg(CASE WHEN b.pid = 0 THEN 'a prepared transaction' ELSE b.pid || coalesce(' (' || a.state || ' for '
                  || justify_interval(date_trunc('second', clock_timestamp() - coalesce(a.state_change, a.xact_start))) || ')', '') END, ', ' ORDER BY b.pid)
                  FROM culprits b LEFT JOIN pg_stat_activity a ON a.pid = b.pid),
               pg_database_size(current_database()),
               (SELECT max(age(datfrozenxid))::bigint FROM pg_database),
               current_setting('archive_mode') <> 'off' AND (current_setting('archive_mode') = 'always' OR NOT pg_is_in_recovery()),
               r.failed_count, r.last_failed_wal, extract(epoch FROM clock_timestamp() - r.last_failed_time)::float8,
               extract(epoch FROM clock_timestamp() - r.last_archived_time)::float8, coalesce(r.last_failed_time > r.last_archived_time, r.last_failed_time IS NOT NULL),
               coalesce(nullif(current_setting('archive_command', true), ''), nullif(current_setting('archive_library', true), '')) IS NULL
        FROM pg_stat_archiver r
        LEFT JOIN (SELECT * FROM
                     (SELECT 'session ' || pid AS who, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age, coalesce(state, 'state unknown') AS state,
                             'pg_terminate_backend(' || pid || ') ends it' AS ends
                      FROM pg_stat_activity WHERE xact_start IS NOT NULL AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                      UNION ALL
                      SELECT 'the prepared transaction ' || quote_literal(gid), extract(epoch FROM clock_timestamp() - prepared)::float8, 'prepared, in ' || database,
                             'ROLLBACK PREPARED ' || quote_literal(gid) || ' ends it' FROM pg_prepared_xacts) every
                   ORDER BY age DESC LIMIT 1) t ON true
        """;

    private const string Blocked = """
        WITH waiting AS MATERIALIZED (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted),
             blocking AS MATERIALIZED (SELECT DISTINCT unnest(pg_blocking_pids(w.pid)) AS pid FROM (SELECT pid FROM waiting LIMIT 50) w),
             free AS (SELECT pid FROM blocking WHERE pid NOT IN (SELECT pid FROM waiting)),
             culprits AS (SELECT pid FROM free UNION ALL SELECT pid FROM blocking WHERE NOT EXISTS (SELECT FROM free))

        """;

    public static HealthCheck Of(DatabaseSettings database, DatabaseLane lane) =>
        new(Connect, database.Name, (report, token) => RunAsync(lane, database, report, token))
        {
            IsNeededByOthers = true,
            Checks = [Connect, "database.connections", "database.transaction", "database.blocked", Archive, ReplicationCheck.Lag,
                "database.size", "database.xidAge"],
            Lane = lane,
            Services = database.Service is { } service ? [service] : [],
            TimeoutRemedy = $"Does the server still work, and does databases.{database.Name} have the right host and port?",
        };

    private static async Task RunAsync(DatabaseLane lane, DatabaseSettings database, HealthReport report, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        NpgsqlConnection connection = (await lane.OpenAsync(cancellationToken).ConfigureAwait(false)).Connection;
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        report.Waiting = "let us in, and did not answer a query on its statistics";
        try { await ReportConnectionAsync(lane, connection, database, took, report, cancellationToken).ConfigureAwait(false); }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, $"Reading the settings of {database.Name}", database.Name); }
        report.Check = "database.connections";
        // From version 12 on such a part is not computed again for each place that names it.
        string blocked = connection.PostgreSqlVersion.Major >= 12 ? Blocked : Blocked.Replace(" MATERIALIZED", "",
            StringComparison.Ordinal);
        await using var command = new NpgsqlCommand(blocked + Query, connection) { Parameters = { new() { Value = lane.Ours } } };
        try
        {
            await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                Report(reader, database, report);
            }
            if (report.Wants(ReplicationCheck.Lag)) await new ReplicationCheck(lane.Context, database, report).RunAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            throw PostgresErrors.Statement(e, $"Reading the statistics of {database.Name}", database.Name);
        }
    }

    /// <summary>Whether who is let in may also write, as whoever counts on it does.</summary>
    private static async Task ReportConnectionAsync(DatabaseLane lane, NpgsqlConnection connection, DatabaseSettings database,
        TimeSpan took,
        HealthReport report, CancellationToken cancellationToken)
    {
        bool follows, readOnly, byRole, byDatabase;
        await using (var command = new NpgsqlCommand(RoleQuery, connection))
        await using (NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            (follows, readOnly, byRole, byDatabase) = (row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3));
        }
        string entry = "databases." + database.Name,
            lets = $"PostgreSQL {connection.PostgreSqlVersion} lets {database.User} into {database.Database}";
        var servers = lane.Context.Environment.Databases.Values.Select(d =>
            d.Service ?? $"{d.Host}:{d.Port}").Distinct(StringComparer.OrdinalIgnoreCase);
        RoleProblem? role = report.Wants(Connect) ? new MeantRole(lane.Context, entry, "standby", database.Role).Judge(follows,
            servers.Count() == 1) : null;
        if (role is not null)
            report.Said(role.IsGrave ? HealthStatus.Unhealthy : HealthStatus.Degraded, $"{lets}. {role.Text}", role.Remedy, took);
        else if (!follows && (byRole ? byDatabase : readOnly))
            report.Said(HealthStatus.Unhealthy,
                $"{lets}, and refuses every write: default_transaction_read_only is on{(byDatabase ? " for this database" : "")}.",
                (byDatabase ? $"ALTER DATABASE {SqlName.Quote(database.Database)} RESET default_transaction_read_only;"
                    : "Take default_transaction_read_only out of postgresql.conf (ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf();).")
                + " Sessions that are open keep what they have.", took);
        else report.Said(HealthStatus.Healthy, follows ? $"{lets}; it is a standby." : $"{lets}.", latency: took);
    }

    private static void Report(NpgsqlDataReader row, DatabaseSettings database, HealthReport report)
    {
        long used = row.GetInt64(0), most = row.GetInt64(1), hidden = row.GetInt64(2);
        report.Measured("database.connections", 100.0 * used / Math.Max(most, 1), $"{used} of {most} connections are taken.",
            "End sessions that idle, pool connections in the application, or raise max_connections.");

        ReportTransaction(row, hidden, database, report);

        long waiting = row.GetInt64(7);
        string culprits = row.IsDBNull(8) ? "" : row.GetString(8), what = row.IsDBNull(9) ? "" : row.GetString(9);
        report.Measured("database.blocked", waiting, waiting == 0 ? "No session waits for a lock."
            : $"{Sessions(waiting)} {(waiting == 1 ? "waits" : "wait")} for locks{(culprits.Length == 0 ? "" : $" held by {what}")}.",
                Release(culprits));
        report.Measured("database.size", row.GetInt64(10),
            $"{database.Database} takes {LevelText.Show(row.GetInt64(10), FigureUnit.Bytes)}.",
            "Look for what has grown, and at the retention of its data.");
        report.Measured("database.xidAge", row.GetInt64(11),
            $"The oldest transaction id is {LevelText.Show(row.GetInt64(11), FigureUnit.Count)} transactions old.",
            "Autovacuum does not keep up. Look for old transactions, prepared transactions and replication slots, then VACUUM FREEZE the oldest tables.");
        ReportArchive(row, report);
    }

    /// <summary>How old the oldest transaction is; that it is young says nothing while others cannot be seen.</summary>
    private static void ReportTransaction(NpgsqlDataReader row, long hidden, DatabaseSettings database, HealthReport report)
    {
        report.Check = "database.transaction";
        double? age = row.IsDBNull(3) ? null : row.GetDouble(4);
        string oldest = age is null ? "" : $"The oldest open transaction{(hidden == 0 ? "" : " that can be seen")} is of "
            + $"{row.GetString(3)} ({row.GetString(5)}).";
        string grant = $"GRANT pg_read_all_stats TO {SqlName.Quote(database.User)};";
        Limits limits = report.LimitsOf(report.Check);
        if (hidden > 0 && age is { } young && limits.Judge(young) == HealthStatus.Healthy)
            report.Said(HealthStatus.Unknown, oldest + Hidden(hidden), grant, limits, young);
        else if (age is { } old)
            report.Measured(report.Check, old, oldest + Hidden(hidden),
                $"Find out what {row.GetString(3)} does; it holds locks and keeps VACUUM from cleaning up. {row.GetString(6)}.");
        else if (hidden == 0) report.Measured(report.Check, 0, "No other transaction is open.", "");
        else report.Said(HealthStatus.Unknown, $"Nothing can be seen of {Sessions(hidden)} of other roles.", grant);
    }

    /// <summary>How those who hold locks let go of them.</summary>
    private static string Release(string culprits)
    {
        if (culprits.Length == 0) return "Look at pg_locks.";
        if (culprits == "0") return "Look at pg_prepared_xacts, and end what nobody will: ROLLBACK PREPARED.";
        string[] sessions = [.. culprits.Split(", ").Where(c => c != "0")];
        return $"Find out what {string.Join(", ", sessions)} {(sessions.Length == 1 ? "does" : "do")}; "
            + $"{string.Join(", ", sessions.Take(5).Select(s => $"pg_terminate_backend({s})"))} ends {(sessions.Length == 1 ? "it" : "them")}.";
    }

    /// <summary>Whether WAL gets to the archive: a server whose archive takes nothing keeps it all until its disk is full.</summary>
    private static void ReportArchive(NpgsqlDataReader row, HealthReport report)
    {
        if (!row.GetBoolean(12)) return;
        report.Check = Archive;
        string last = row.IsDBNull(16) ? "None has been archived yet" : $"The last one was archived {Ago(row.GetDouble(16))} ago";
        if (row.GetBoolean(18))
            report.Said(HealthStatus.Unhealthy, "WAL is not archived: archive_mode is on, and there is no archive_command. All of it is kept.",
                "Set archive_command, or archive_library; or archive_mode = off (and restart) where no archive is meant.");
        else if (row.GetBoolean(17))
            report.Said(HealthStatus.Unhealthy, $"WAL is not archived: {row.GetString(14)} failed {Ago(row.GetDouble(15))} ago, {row.GetInt64(13)} attempts in all. {last}.",
                "Look at the server's log for what archive_command says. Until it succeeds WAL fills the disk, and restores to a point in time end before it.");
        else report.Said(HealthStatus.Healthy, last + ".");
    }

    private static string Ago(double seconds) => LevelText.Show(seconds, FigureUnit.Duration);

    private static string Hidden(long sessions) => sessions == 0 ? "" : $" {Sessions(sessions)} of other roles cannot be seen.";

    private static string Sessions(long count) => count == 1 ? "1 session" : $"{count} sessions";
}
