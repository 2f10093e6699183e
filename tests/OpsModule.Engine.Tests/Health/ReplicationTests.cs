using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>A real standby that follows a real server, and stops to. The server is the class's own: what other tests leave behind would be copied, too.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ReplicationTests(PostgresFixture primary) : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_standby_that_does_not_keep_up_is_found_on_both_sides()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        await primary.ExecuteAsync(database.Database, "CREATE TABLE t (id int)");
        PostgresFixture standby = await primary.StartStandbyAsync();
        try
        {
            _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
            string text = "databases:\n" + Entry("primary", primary.Port) + Entry("standby", standby.Port) + "thresholds: { database.lag: { warning: 2s, critical: 1d } }";
            await primary.ExecuteAsync(database.Database, "INSERT INTO t VALUES (1)");
            // A standby that has replayed no transaction yet can tell no time when it is paused.
            for (int attempt = 0; await standby.ScalarAsync<long>(database.Database, "SELECT count(*) FROM t") == 0 && attempt < 600; attempt++) await Task.Delay(50);
            List<HealthResult> well = await UntilAsync(text, r => r.Count == 2 && r.All(x => x.Status == HealthStatus.Healthy));

            await standby.ExecuteAsync("postgres", "SELECT pg_wal_replay_pause()");
            await primary.ExecuteAsync(database.Database, "INSERT INTO t VALUES (2)");
            List<HealthResult> late = await UntilAsync(text, r => r.Count == 2 && r.All(x => x.Status == HealthStatus.Degraded));

            await standby.ExecuteAsync("postgres", "SELECT pg_wal_replay_resume()");
            await UntilAsync(text, r => r.Single(x => x.Target == "standby").Status == HealthStatus.Healthy);

            Assert.Equal("This server has replicas; the slowest counts.", well.Single(r => r.Target == "primary").Message);
            Assert.Equal("This server is a replica of another.", well.Single(r => r.Target == "standby").Message);
            Assert.All(late, r => Assert.True(r.Number >= 2, r.ToString()));
        }
        finally { await standby.DisposeAsync(); }

        string Entry(string name, int port) => $"  {name}: {{ host: 127.0.0.1, port: {port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }}\n";
    }

    [Fact]
    public async Task A_standby_that_receives_nothing_is_not_0_ms_behind_and_its_primary_misses_it()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        string watcher = "w" + Guid.NewGuid().ToString("N")[..10];
        await primary.ExecuteAsync(database.Database, $"CREATE TABLE t (id int); CREATE ROLE {watcher} LOGIN PASSWORD '{PostgresFixture.Password}'");
        PostgresFixture standby = await primary.StartStandbyAsync();
        try
        {
            _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
            const string levels = "thresholds: { database.lag: { warning: 2s, critical: 1d } }";
            string text = "databases:\n" + Entry("primary", primary.Port, "postgres") + Entry("standby", standby.Port, "postgres") + levels;
            await primary.ExecuteAsync(database.Database, "INSERT INTO t VALUES (0)");
            for (int attempt = 0; await standby.ScalarAsync<long>(database.Database, "SELECT count(*) FROM t") == 0 && attempt < 600; attempt++) await Task.Delay(50);
            await UntilAsync(text, r => r.Count == 2 && r.All(x => x.Status == HealthStatus.Healthy));
            // Who may not see all statistics does not mistake that for a standby without a source, nor for a replica that keeps up.
            List<HealthResult> blind = await UntilAsync("databases:\n" + Entry("primary", primary.Port, watcher) + Entry("standby", standby.Port, watcher) + levels, r => r.Count == 2 && r.All(x => x.Status == HealthStatus.Unknown));
            Assert.All(blind, r => Assert.Contains("GRANT pg_read_all_stats", r.Remedy));
            Assert.Equal([("primary", HealthStatus.Unknown), ("standby", HealthStatus.Unknown)], blind.OrderBy(r => r.Target).Select(r => (r.Target, r.Status)));

            await standby.ExecuteAsync("postgres", $"ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port={FreePorts.Take()} user=postgres'");
            await standby.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await primary.ExecuteAsync("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
            await primary.ExecuteAsync(database.Database, "INSERT INTO t SELECT generate_series(1, 15000)");

            List<HealthResult> broken = await UntilAsync(text, r => r.Count == 2 && r.All(x => x.Status is HealthStatus.Degraded or HealthStatus.Unhealthy));
            HealthResult follower = broken.Single(r => r.Target == "standby"), leader = broken.Single(r => r.Target == "primary");
            Assert.Equal(HealthStatus.Unhealthy, follower.Status);
            Assert.Contains("receives nothing from its primary", follower.Message);
            Assert.Equal(HealthStatus.Degraded, leader.Status);
            Assert.Contains("0 of 1 replicas are connected", leader.Message);
            Assert.Contains("databases.primary.replicas: 0", leader.Remedy);
            // What was taken away on purpose is said to be so.
            Assert.DoesNotContain(await _lab.RunAsync(text.Replace("primary: { ", "primary: { replicas: 0, "), ["database.lag"]), r => r.Target == "primary");

            // A standby that lives on the archive alone is as far behind as its last transaction is old.
            await standby.ExecuteAsync("postgres", "ALTER SYSTEM SET restore_command = 'false'");
            await standby.ExecuteAsync("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
            await standby.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            List<HealthResult> archive = await UntilAsync(text, r => r.SingleOrDefault(x => x.Target == "standby") is { Status: HealthStatus.Degraded });
            Assert.True(archive.Single(r => r.Target == "standby").Number >= 2);
        }
        finally { await standby.DisposeAsync(); }

        string Entry(string name, int port, string user) => $"  {name}: {{ host: 127.0.0.1, port: {port}, name: {database.Database}, user: {user}, password: \"file:.env#PW\" }}\n";
    }

    [Fact]
    public async Task A_slot_that_nobody_reads_and_commits_that_wait_are_found_on_the_primary()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
        string text = $"databases: {{ main: {{ host: 127.0.0.1, port: {primary.Port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }} }}";
        Assert.Empty(await _lab.RunAsync(text, ["database.lag"]));
        string slot = "s" + Guid.NewGuid().ToString("N")[..10];
        await primary.ExecuteAsync("postgres", $"SELECT pg_create_physical_replication_slot('{slot}', true)");
        try
        {
            HealthResult idle = await _lab.OneAsync(text, "database.lag");
            Assert.Equal(HealthStatus.Degraded, idle.Status);
            Assert.Contains($"Nobody reads from the replication slot {slot}", idle.Message);

            await primary.ExecuteAsync("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
            await primary.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await UntilAsync(text, r => r[0] is { Status: HealthStatus.Unhealthy } found && found.Message.Contains("Every commit waits"));
        }
        finally
        {
            await primary.ExecuteAsync("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
            await primary.ExecuteAsync("postgres", $"SELECT pg_reload_conf(), pg_drop_replication_slot('{slot}')");
        }
    }

    [Fact]
    public async Task A_copy_that_is_made_for_a_backup_is_no_replica_that_is_missed_afterwards()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
        string text = $"databases: {{ main: {{ host: 127.0.0.1, port: {primary.Port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }} }}";
        // Slow enough to be looked at, in both of its connections.
        Task<PostgresFixture> copying = primary.StartStandbyAsync("--max-rate=8M");
        while (await primary.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_stat_replication") < 2) Assert.False(copying.IsCompleted);
        Assert.Empty(await _lab.RunAsync(text, ["database.lag"]));
        await (await copying).DisposeAsync();
        while (await primary.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_stat_replication") > 0) await Task.Delay(50);
        Assert.Empty(await _lab.RunAsync(text, ["database.lag"]));
    }

    [Fact]
    public async Task A_replica_with_a_temporary_slot_is_one_and_what_is_ready_for_a_change_of_roles_is_no_alarm()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
        PostgresFixture standby = await primary.StartStandbyAsync();
        try
        {
            await standby.ExecuteAsync("postgres", "ALTER SYSTEM SET wal_receiver_create_temp_slot = on");
            await standby.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await primary.ExecuteAsync("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
            for (int attempt = 0; await primary.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND pid IN (SELECT active_pid FROM pg_replication_slots WHERE temporary)") == 0 && attempt < 600; attempt++) await Task.Delay(50);
            HealthResult leader = (await UntilAsync(Text("main", primary.Port), r => r.Any(x => x.Status == HealthStatus.Healthy)))[0];
            Assert.Equal("This server has replicas; the slowest counts.", leader.Message);

            // Seen from the environment file, the two change places: "main" is the standby now, and nothing follows it.
            await standby.ExecuteAsync("postgres", "SELECT pg_create_physical_replication_slot('held_ready', true)");
            List<HealthResult> changed = await UntilAsync(Text("main", standby.Port), r => r is [{ Status: HealthStatus.Healthy }]);
            Assert.Equal("This server is a replica of another.", changed[0].Message);
        }
        finally { await standby.DisposeAsync(); }

        string Text(string name, int port) => $"databases: {{ {name}: {{ host: 127.0.0.1, port: {port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }} }}";
    }

    [Fact]
    public async Task An_only_server_that_is_a_standby_and_one_that_was_the_primary_are_not_well_and_a_declared_one_is()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
        PostgresFixture standby = await primary.StartStandbyAsync();
        try
        {
            HealthResult only = await _lab.OneAsync(Text("main", standby.Port), "database.connect");
            Assert.Equal(HealthStatus.Degraded, only.Status);
            Assert.Contains("does not say that this is meant", only.Message);
            foreach (string name in (string[])["standby", "shop-replica", "main_ro"])
                Assert.Equal((name, HealthStatus.Healthy), (name, (await _lab.OneAsync(Text(name, standby.Port), "database.connect")).Status));
            Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text("main", standby.Port, "role: standby, "), "database.connect")).Status);
            Assert.Equal(HealthStatus.Unhealthy, (await _lab.OneAsync(Text("main", standby.Port, "role: primary, "), "database.connect")).Status);
            Assert.Equal(HealthStatus.Degraded, (await _lab.OneAsync(Text("main", primary.Port, "role: standby, "), "database.connect")).Status);

            Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text("main", primary.Port), "database.connect")).Status);
            HealthResult changed = await _lab.OneAsync(Text("main", standby.Port), "database.connect");
            Assert.Equal(HealthStatus.Unhealthy, changed.Status);
            Assert.Contains("It was the primary", changed.Message);
            Assert.Contains("databases.main.role: standby", changed.Remedy);

            // Started anew, it receives from the beginning of a file that was replayed before, and nothing is new.
            await standby.CrashAsync();
            await standby.StartAsync();
            await UntilAsync(Text("standby", standby.Port), r => r is [{ Status: HealthStatus.Healthy, Number: 0 }]);

            await standby.ExecuteAsync("postgres", "SELECT pg_wal_replay_pause()");
            HealthResult paused = (await UntilAsync(Text("standby", standby.Port), r => r is [{ Status: HealthStatus.Degraded }]))[0];
            Assert.Contains("Replay is paused", paused.Message);
            Assert.Contains("pg_wal_replay_resume", paused.Remedy);
        }
        finally { await standby.DisposeAsync(); }

        string Text(string name, int port, string more = "") =>
            $"databases: {{ {name}: {{ {more}host: 127.0.0.1, port: {port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }} }}";
    }

    [Fact]
    public async Task An_archive_that_takes_nothing_a_forgotten_prepared_transaction_and_an_idle_subscription_are_found()
    {
        var server = new PostgresFixture { Settings = ["archive_mode=on", "archive_command=/bin/false", "max_prepared_transactions=2", "wal_level=logical"] };
        await server.InitializeAsync();
        try
        {
            DatabaseSettings database = await server.CreateDatabaseAsync();
            _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
            string text = $"databases: {{ main: {{ host: 127.0.0.1, port: {server.Port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }} }}";
            await server.ExecuteAsync(database.Database, "CREATE TABLE t (id int); SELECT pg_switch_wal()");
            while (!await server.ScalarAsync<bool>("postgres", "SELECT last_failed_time IS NOT NULL FROM pg_stat_archiver")) await Task.Delay(50);
            HealthResult archive = await _lab.OneAsync(text, "database.archive");
            Assert.Equal(HealthStatus.Unhealthy, archive.Status);
            Assert.Contains("None has been archived yet", archive.Message);
            await server.ExecuteAsync("postgres", "ALTER SYSTEM SET archive_command = '/bin/true'");

            await server.ExecuteAsync(database.Database, "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s lost'");
            HealthResult prepared = await _lab.OneAsync(text + "\nthresholds: { database.transaction: { warning: 0s, critical: 1d } }", "database.transaction");
            Assert.Contains("the prepared transaction 'it''s lost' (prepared, in ", prepared.Message);
            Assert.Contains("ROLLBACK PREPARED 'it''s lost' ends it.", prepared.Remedy);
            await server.ExecuteAsync(database.Database, "ROLLBACK PREPARED 'it''s lost'");

            await server.ExecuteAsync(database.Database, $"CREATE SUBSCRIPTION follows CONNECTION 'host=127.0.0.1 port={FreePorts.Take()}' PUBLICATION p WITH (connect = false, slot_name = NONE)");
            HealthResult off = await _lab.OneAsync(text, "database.lag");
            Assert.Equal(HealthStatus.Degraded, off.Status);
            Assert.Contains("The subscription follows is turned off.", off.Message);
            await server.ExecuteAsync(database.Database, "ALTER SUBSCRIPTION follows SET (slot_name = 'gone')");
            await server.ExecuteAsync(database.Database, "ALTER SUBSCRIPTION follows ENABLE");
            Assert.Contains("The subscription follows receives nothing", (await UntilAsync(text, r => r is [{ Status: HealthStatus.Unhealthy }]))[0].Message);
        }
        finally { await server.DisposeAsync(); }
    }

    private async Task<List<HealthResult>> UntilAsync(string text, Func<List<HealthResult>, bool> expected)
    {
        for (int attempt = 0; ; attempt++)
        {
            List<HealthResult> found = await _lab.RunAsync(text, ["database.lag"]);
            if (expected(found)) return found;
            if (attempt == 300) throw new InvalidOperationException(string.Join('\n', found));
            await Task.Delay(100);
        }
    }
}
