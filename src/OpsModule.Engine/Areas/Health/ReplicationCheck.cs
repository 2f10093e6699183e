using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Health.Memories;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Whether replicas are there and keep up: of a standby, whether it still receives; of a primary, whether all of its replicas do.</summary>
internal sealed class ReplicationCheck(OpsContext context, DatabaseSettings database, HealthReport report)
{
    public const string Lag = "database.lag";

    // A standby that receives nothing has replayed all that it received: that both positions are equal says nothing without a receiver.
    // Who may not see all statistics sees that there is a receiver, and not what it does. After a start it receives from the beginning of a
    // file, which was replayed long ago.
    private const string StandbyQuery = """
        SELECT (SELECT count(*) FROM pg_stat_wal_receiver), (SELECT max(status) FROM pg_stat_wal_receiver),
               coalesce(pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), false),
               extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8,
               coalesce(current_setting('restore_command', true), '') <> '', pg_is_wal_replay_paused()
        """;

    // What copies the server for a backup, or a table at the start of a subscription, is no replica, and goes when it is done.
    // Such a copy has a temporary slot; so has a replica with wal_receiver_create_temp_slot.
    private const string PrimaryQuery = """
        SELECT coalesce(nullif(application_name, ''), 'without a name') || coalesce(' at ' || host(client_addr), ''), state,
               extract(epoch FROM coalesce(replay_lag, flush_lag, write_lag))::float8,
               pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, coalesce(replay_lsn, flush_lsn, sent_lsn))::float8
        FROM pg_stat_replication
        WHERE state IS DISTINCT FROM 'backup' AND coalesce(application_name, '') !~ '^(pg_basebackup$|pg_[0-9]+_sync_)'
              AND pid NOT IN (SELECT active_pid FROM pg_replication_slots WHERE temporary AND active_pid IS NOT NULL AND slot_name !~ '^pg_walreceiver_') ORDER BY 1
        """;

    // Columns that came later are read through JSON, which has them or not. A slot that is kept in step with a primary's is never active; nor
    // is one that a cluster manager holds ready on a standby, which costs nothing while it keeps no more than the server keeps anyway.
    private const string SlotQuery = """
        SELECT slot_name::text, to_jsonb(s)->>'wal_status',
               pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)::float8,
               active
        FROM pg_replication_slots s
        WHERE (NOT active OR to_jsonb(s)->>'wal_status' IN ('unreserved', 'lost')) AND coalesce(to_jsonb(s)->>'synced', 'false') = 'false'
              AND NOT (pg_is_in_recovery() AND to_jsonb(s)->>'wal_status' IS NOT DISTINCT FROM 'reserved') ORDER BY 1
        """;

    // A worker that fails is there for a moment only: it is started anew after 5 s.
    private const string SubscriptionQuery = """
        SELECT s.subname::text, s.subenabled FROM pg_subscription s
        WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND (NOT s.subenabled OR NOT EXISTS (SELECT FROM pg_stat_subscription t WHERE t.subid = s.oid AND t.pid IS NOT NULL)) ORDER BY 1
        """;

    private readonly List<(HealthStatus Status, string Text, string Remedy)> _problems = [];

    /// <summary>Looks, and reports one result where there is replication.</summary>
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        report.Check = Lag;
        bool standby = await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", cancellationToken).ConfigureAwait(false);
        double? lag = standby ? await StandbyAsync(connection, cancellationToken).ConfigureAwait(false) : null;
        double? slowest = await ReplicasAsync(connection, standby, cancellationToken).ConfigureAwait(false);
        await SlotsAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!standby)
        {
            await SynchronousAsync(connection, cancellationToken).ConfigureAwait(false);
            await SubscriptionsAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        Report(slowest > lag || lag is null ? slowest : lag, standby ? "This server is a replica of another." : "This server has replicas; the slowest counts.");
    }

    private void Report(double? lag, string message)
    {
        const string remedy = "Look at the replica's log, its disk and the network between the two.";
        if (_problems.Count == 0)
        {
            if (lag is { } seconds) report.Measured(Lag, seconds, message, remedy);
            return;
        }
        Limits limits = report.LimitsOf(Lag);
        HealthStatus judged = lag is { } late ? limits.Judge(late) : HealthStatus.Healthy;
        HealthStatus worst = _problems.Max(p => p.Status);
        string text = string.Join(" ", _problems.Select(p => p.Text)), todo = string.Join(" ", _problems.Select(p => p.Remedy).Distinct());
        if (judged > worst) worst = judged;
        if (lag is not { } known) report.Said(worst, text, todo);
        else report.Said(worst, judged == HealthStatus.Healthy ? text
            : $"{text} {limits.Tell(known, $"It is {LevelText.Show(known, FigureUnit.Duration)} behind.")}", todo, limits, known);
    }

    private async Task<double?> StandbyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(StandbyQuery, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        string? status = row.IsDBNull(1) ? null : row.GetString(1);
        bool isHidden = row.GetInt64(0) > 0 && status is null, receives = isHidden || status == "streaming";
        bool allReplayed = row.GetBoolean(2), archive = row.GetBoolean(4);
        double? age = row.IsDBNull(3) ? null : row.GetDouble(3);
        if (row.GetBoolean(5))
            _problems.Add((HealthStatus.Degraded, "Replay is paused on this replica: what it receives does not become visible.",
                "SELECT pg_wal_replay_resume();"));
        if (isHidden)
            _problems.Add((HealthStatus.Unknown, "Whether this replica receives from its primary cannot be seen.",
                $"GRANT pg_read_all_stats TO {SqlName.Quote(database.User)};"));
        if (receives && allReplayed) return isHidden ? null : 0;
        string last = age is { } old ? $"; the last transaction that it has is {LevelText.Show(old, FigureUnit.Duration)} old" : "";
        if (!receives && !archive)
            _problems.Add((HealthStatus.Unhealthy, $"This replica receives nothing from its primary: {(status is null ? "no WAL receiver runs" : $"its WAL receiver is {status}")}{last}.",
                "Look at the replica's log: is the primary there, is primary_conninfo right, and does the primary still have the WAL that is needed?"));
        else if (age is null)
            _problems.Add((HealthStatus.Unknown, "How far this replica is behind cannot be told: it has replayed no transaction since it started.", "Look at its log: does it receive, or find in the archive, what it needs?"));
        return age;
    }

    private async Task<double?> ReplicasAsync(NpgsqlConnection connection, bool standby, CancellationToken cancellationToken)
    {
        int count = 0, hidden = 0;
        double? slowest = null;
        await using (var command = new NpgsqlCommand(PrimaryQuery, connection))
        await using (NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                count++;
                if (row.IsDBNull(1)) hidden++;
                else slowest = Math.Max(slowest ?? 0, Replica(row));
            }
        }
        if (hidden > 0)
            _problems.Add((HealthStatus.Unknown, $"How {(hidden == 1 ? "1 replica keeps" : $"{hidden} replicas keep")} up cannot be seen.", $"GRANT pg_read_all_stats TO {SqlName.Quote(database.User)};"));
        // Primary and standby may change places: what followed the primary does not follow the standby that it has become.
        var memory = new ReplicaMemory(context, "databases." + database.Name, standby ? ".standby" : "");
        // What cannot be told from a copy that is being made is not counted on later.
        int expected = hidden > 0 ? database.Replicas ?? count : memory.Expected(count, database.Replicas);
        if (count < expected)
            _problems.Add((HealthStatus.Degraded, $"{count} of {expected} replicas are connected.", memory.Remedy(count)));
        return slowest;
    }

    /// <summary>How far one replica is behind. One that still catches up says no time, nor does one that has nothing to do.</summary>
    private double Replica(NpgsqlDataReader row)
    {
        double behind = row.IsDBNull(3) ? 0 : row.GetDouble(3);
        if (row.GetString(1) != "streaming")
            _problems.Add((HealthStatus.Degraded, $"The replica {row.GetString(0)} does not keep up yet ({row.GetString(1)}): it is {LevelText.Show(behind, FigureUnit.Bytes)} behind.",
                "Wait until it has caught up; when it does not, look at its log and the network between the two."));
        return row.IsDBNull(2) ? 0 : row.GetDouble(2);
    }

    private async Task SlotsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SlotQuery, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string name = row.GetString(0);
            bool lost = !row.IsDBNull(1) && row.GetString(1) == "lost";
            if (row.GetBoolean(3) && !lost)
            {
                _problems.Add((HealthStatus.Degraded,
                    $"What reads from the replication slot {name} is so far behind that the server is about to remove WAL that it needs.",
                    "Look at what keeps the replica from following; raise max_slot_wal_keep_size while the disk has room."));
                continue;
            }
            string keeps = row.IsDBNull(2) ? "" : $" and keeps {LevelText.Show(row.GetDouble(2), FigureUnit.Bytes)} of WAL";
            _problems.Add(lost
                ? (HealthStatus.Unhealthy, $"The WAL that the replication slot {name} was to keep is gone; what reads from it cannot go on.", $"Make the replica anew, then drop the slot: SELECT pg_drop_replication_slot('{name}').")
                : (HealthStatus.Degraded, $"Nobody reads from the replication slot {name}{keeps}.", $"Bring back what reads from it, or drop it before its WAL fills the disk: SELECT pg_drop_replication_slot('{name}')."));
        }
    }

    /// <summary>Subscriptions of this database that receive nothing: without a worker, or turned off, as some are after an error.</summary>
    private async Task SubscriptionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SubscriptionQuery, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string name = row.GetString(0);
            _problems.Add(row.GetBoolean(1)
                ? (HealthStatus.Unhealthy, $"The subscription {name} receives nothing: no worker runs for it.",
                    "Look at the server's log: is the publisher there, and does a row that was sent break a constraint here?")
                : (HealthStatus.Degraded, $"The subscription {name} is turned off.",
                    $"When that is over: ALTER SUBSCRIPTION {SqlName.Quote(name)} ENABLE; when it is not needed any more, DROP SUBSCRIPTION."));
        }
    }

    private async Task SynchronousAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await ScalarAsync<bool>(connection, "SELECT current_setting('synchronous_standby_names') <> '' AND NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state IS NULL OR sync_state IN ('sync', 'quorum'))", cancellationToken).ConfigureAwait(false))
            _problems.Add((HealthStatus.Unhealthy, "Every commit waits: synchronous_standby_names asks for a replica that is not there.", "Bring the replica back, or take it out of synchronous_standby_names and reload."));
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
