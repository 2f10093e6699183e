using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What one connection and one query tell of a PostgreSQL database.</summary>
internal static class DatabaseCheck
{
    public const string Connect = "database.connect";

    // Sessions of this round are not counted: they are there only because somebody looks.
    // pg_locks and the number of sessions are told to everybody; transactions of other roles only to members of pg_read_all_stats.
    private const string Query = """
        SELECT (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' AND pid <> ALL ($1)
                  AND application_name IS DISTINCT FROM current_setting('application_name')),
               current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
               (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND backend_type IS NULL),
               t.pid, t.age, t.state,
               l.waiting, l.blockers,
               pg_database_size(current_database()),
               (SELECT max(age(datfrozenxid))::bigint FROM pg_database)
        FROM (SELECT count(DISTINCT pid) AS waiting,
                     (SELECT string_agg(DISTINCT b::text, ', ') FROM (SELECT unnest(pg_blocking_pids(pid)) AS b FROM pg_locks WHERE NOT granted LIMIT 20) b20) AS blockers
              FROM pg_locks WHERE NOT granted) l
        LEFT JOIN (SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age, coalesce(state, 'state unknown') AS state FROM pg_stat_activity
                   WHERE xact_start IS NOT NULL AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1) t ON true
        """;

    public static HealthCheck Of(DatabaseSettings database, DatabaseLane lane) =>
        new(Connect, database.Name, (report, token) => RunAsync(lane, database, report, token))
        {
            Checks = [Connect, "database.connections", "database.transaction", "database.blocked", ReplicationCheck.Lag, "database.size", "database.xidAge"],
            Lane = lane,
            Services = database.Service is { } service ? [service] : [],
            TimeoutRemedy = $"Does the server still work, and does databases.{database.Name} have the right host and port?",
        };

    private static async Task RunAsync(DatabaseLane lane, DatabaseSettings database, HealthReport report, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        NpgsqlConnection connection = (await lane.OpenAsync(cancellationToken).ConfigureAwait(false)).Connection;
        report.Said(HealthStatus.Healthy, $"PostgreSQL {connection.PostgreSqlVersion} lets {database.User} into {database.Database}.", latency: Stopwatch.GetElapsedTime(start));
        report.Check = "database.connections";
        report.Waiting = "let us in, and did not answer a query on its statistics";
        await using var command = new NpgsqlCommand(Query, connection) { Parameters = { new() { Value = lane.Ours } } };
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

    private static void Report(NpgsqlDataReader row, DatabaseSettings database, HealthReport report)
    {
        long used = row.GetInt64(0), most = row.GetInt64(1), hidden = row.GetInt64(2);
        report.Measured("database.connections", 100.0 * used / Math.Max(most, 1), $"{used} of {most} connections are taken.",
            "End sessions that idle, pool connections in the application, or raise max_connections.");

        report.Check = "database.transaction";
        if (!row.IsDBNull(3))
            report.Measured(report.Check, row.GetDouble(4), $"The oldest open transaction is of session {row.GetInt32(3)} ({row.GetString(5)}).{Hidden(hidden)}",
                $"Find out what session {row.GetInt32(3)} does; it holds locks and keeps VACUUM from cleaning up. pg_terminate_backend({row.GetInt32(3)}) ends it.");
        else if (hidden == 0) report.Measured(report.Check, 0, "No other transaction is open.", "");
        else report.Said(HealthStatus.Unknown, $"Nothing can be seen of {Sessions(hidden)} of other roles.", $"GRANT pg_read_all_stats TO {SqlName.Quote(database.User)};");

        long waiting = row.GetInt64(6);
        string blockers = row.IsDBNull(7) ? "" : row.GetString(7);
        report.Measured("database.blocked", waiting, waiting == 0 ? "No session waits for a lock." : $"{Sessions(waiting)} {(waiting == 1 ? "waits" : "wait")} for locks{(blockers.Length == 0 ? "" : $" held by {blockers}")}.",
            blockers.Length == 0 ? "Look at pg_locks." : $"Find out what {blockers} {(blockers.Contains(',') ? "do" : "does")}; pg_terminate_backend ends a session.");
        report.Measured("database.size", row.GetInt64(8), $"{database.Database} takes {LevelText.Show(row.GetInt64(8), FigureUnit.Bytes)}.", "Look for what has grown, and at the retention of its data.");
        report.Measured("database.xidAge", row.GetInt64(9), $"The oldest transaction id is {LevelText.Show(row.GetInt64(9), FigureUnit.Count)} transactions old.",
            "Autovacuum does not keep up. Look for old transactions, prepared transactions and replication slots, then VACUUM FREEZE the oldest tables.");
    }

    private static string Hidden(long sessions) => sessions == 0 ? "" : $" {Sessions(sessions)} of other roles cannot be seen.";

    private static string Sessions(long count) => count == 1 ? "1 session" : $"{count} sessions";
}
