using Npgsql;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>What a real PostgreSQL tells.</summary>
[Collection(PostgresCollection.Name)]
public sealed class DatabaseCheckTests(PostgresFixture postgres) : IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task One_connection_tells_all_there_is_to_know()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        List<HealthResult> results = await _lab.RunAsync(Text(database), ["database"]);

        Assert.Equal(["database.blocked", "database.connect", "database.connections", "database.size", "database.transaction", "database.xidAge"], results.Select(r => r.Check).Order());
        Assert.Equal("database.connect", results[0].Check);
        Assert.NotNull(results[0].Latency);
        Assert.All(results, r => Assert.Equal("main", r.Target));
        HealthResult size = results.Single(r => r.Check == "database.size");
        Assert.Equal((HealthStatus.Healthy, FigureUnit.Bytes, null), (size.Status, size.Unit, size.Threshold));
        Assert.InRange(size.Number!.Value, 1e6, 1e9);
        HealthResult connections = results.Single(r => r.Check == "database.connections");
        Assert.Equal("from 80% / 90%", connections.Threshold);
        Assert.Matches("^[0-9]+ of 197 connections are taken.$", connections.Message);
    }

    [Fact]
    public async Task Blocked_sessions_and_old_transactions_are_found_with_who_is_to_blame()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
        await using NpgsqlConnection holder = await postgres.OpenAsync(database.Database), waiter = await postgres.OpenAsync(database.Database);
        await ExecuteAsync(holder, "BEGIN; LOCK TABLE t");
        Task waiting = ExecuteAsync(waiter, "SELECT * FROM t");
        await WaitsAsync(waiter);

        List<HealthResult> results = await _lab.RunAsync(Text(database) + "\nthresholds: { database.transaction: { warning: 0s, critical: 10d } }", ["database.blocked", "database.transaction"]);
        await ExecuteAsync(holder, "ROLLBACK");
        await waiting;

        HealthResult blocked = results.Single(r => r.Check == "database.blocked"), old = results.Single(r => r.Check == "database.transaction");
        Assert.Equal(HealthStatus.Degraded, blocked.Status);
        Assert.InRange(blocked.Number!.Value, 1, 4);
        Assert.Contains($"held by {holder.ProcessID} (idle in transaction for ", blocked.Message);
        Assert.Equal((HealthStatus.Degraded, "from 0s / 10d"), (old.Status, old.Threshold));
        Assert.Contains("pg_terminate_backend(", old.Remedy);
    }

    [Fact]
    public async Task Who_waits_is_no_culprit_though_others_wait_behind_him()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t (id int)");
        await using NpgsqlConnection holder = await postgres.OpenAsync(database.Database), first = await postgres.OpenAsync(database.Database), second = await postgres.OpenAsync(database.Database);
        await ExecuteAsync(holder, "BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE");
        Task waiting = ExecuteAsync(first, "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE; ROLLBACK");
        await WaitsAsync(first);
        Task behind = ExecuteAsync(second, "SELECT * FROM t");
        await WaitsAsync(second);

        HealthResult blocked = await _lab.OneAsync(Text(database), "database.blocked");
        await ExecuteAsync(holder, "ROLLBACK");
        await Task.WhenAll(waiting, behind);

        Assert.Contains($"held by {holder.ProcessID} (", blocked.Message);
        Assert.DoesNotContain($"{first.ProcessID} (", blocked.Message);
        Assert.Equal($"Find out what {holder.ProcessID} does; pg_terminate_backend({holder.ProcessID}) ends it.", blocked.Remedy);
    }

    [Fact]
    public async Task A_server_and_a_database_that_refuse_every_write_are_not_well()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        string reader = "r" + Guid.NewGuid().ToString("N")[..8];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {reader} LOGIN PASSWORD '{PostgresFixture.Password}'; ALTER ROLE {reader} SET default_transaction_read_only = on");
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text(database), "database.connect")).Status);
        // Who only reads because he is meant to sees nothing that is wrong with others.
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text(database with { User = reader }), "database.connect")).Status);

        await postgres.ExecuteAsync("postgres", $"ALTER DATABASE {database.Database} SET default_transaction_read_only = on");
        HealthResult one = await _lab.OneAsync(Text(database), "database.connect"), seen = await _lab.OneAsync(Text(database with { User = reader }), "database.connect");
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), (one.Status, seen.Status));
        Assert.EndsWith("refuses every write: default_transaction_read_only is on for this database.", one.Message);
        Assert.Contains($"ALTER DATABASE \"{database.Database}\" RESET", one.Remedy);
    }

    [Fact]
    public async Task What_lets_nobody_in_any_more_says_whose_limit_it_is()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        string role = "r" + Guid.NewGuid().ToString("N")[..8];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD '{PostgresFixture.Password}' CONNECTION LIMIT 0");
        HealthResult full = await _lab.OneAsync(Text(database with { User = role }), "database.connect");
        Assert.Equal(HealthStatus.Unhealthy, full.Status);
        Assert.Contains($"ALTER ROLE {role} CONNECTION LIMIT", full.Remedy);
        // And so is who asks for one figure alone.
        Assert.Equal(HealthStatus.Unhealthy, (await _lab.OneAsync(Text(database with { User = role }), "database.connections")).Status);
    }

    [Fact]
    public async Task A_role_that_may_not_see_others_says_so_instead_of_calling_it_well()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        string role = "r" + Guid.NewGuid().ToString("N")[..8];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD '{PostgresFixture.Password}'");
        await using NpgsqlConnection other = await postgres.OpenAsync(database.Database);

        List<HealthResult> results = await _lab.RunAsync(Text(database with { User = role }), ["database"]);

        HealthResult hidden = results.Single(r => r.Check == "database.transaction");
        Assert.Equal(HealthStatus.Unknown, hidden.Status);
        Assert.Contains("pg_read_all_stats", hidden.Remedy);
        Assert.All(results.Where(r => r != hidden), r => Assert.Equal(HealthStatus.Healthy, r.Status));
        Assert.True(results.Single(r => r.Check == "database.connections").Number > 0.5, "all sessions are counted, seen or not");

        // Nor is it well because its own other session, which it may see, has a young one.
        await using var own = new NpgsqlConnection($"Host=127.0.0.1;Port={postgres.Port};Username={role};Password={PostgresFixture.Password};Database={database.Database};Pooling=false");
        await own.OpenAsync();
        await using NpgsqlTransaction young = await own.BeginTransactionAsync();
        await new NpgsqlCommand("SELECT 1", own).ExecuteScalarAsync();
        hidden = await _lab.OneAsync(Text(database with { User = role }), "database.transaction");
        Assert.Equal(HealthStatus.Unknown, hidden.Status);
        Assert.Contains("cannot be seen", hidden.Message);
        Assert.Contains("pg_read_all_stats", hidden.Remedy);
    }

    [Fact]
    public async Task What_keeps_us_out_is_one_result()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();

        HealthResult refused = Assert.Single(await _lab.RunAsync(Text(database, "wrong-password-9"), ["database"]));
        HealthResult closed = Assert.Single(await _lab.RunAsync(Text(database with { Port = FreePorts.Take() }), ["database"]));
        HealthResult missing = Assert.Single(await _lab.RunAsync(Text(database with { Database = "nowhere" }), ["database"]));

        Assert.All([refused, closed, missing], r => Assert.Equal(("database.connect", HealthStatus.Unhealthy), (r.Check, r.Status)));
        Assert.Contains("refused the login", refused.Message);
        Assert.DoesNotContain("wrong-password-9", refused.ToString() + refused.Remedy);
        Assert.Matches("^Cannot reach database [a-z0-9]+ at 127.0.0.1:[0-9]+ as postgres: the connection is refused, nothing listens there.$", closed.Message);
        Assert.Contains("no database named nowhere", missing.Message);
    }

    [Fact]
    public async Task A_query_is_a_figure_and_changes_nothing()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE scans (failed bool); INSERT INTO scans SELECT i <= 3 FROM generate_series(1, 10) i");
        List<HealthResult> results = await _lab.RunAsync(Text(database) + """

            checks:
              scans.failed: { sql: "SELECT count(*) FROM scans WHERE failed", warning: 1, critical: 5, remedy: "Look at the scanner." }
              scans.passed: { sql: "SELECT 100.0 * count(*) FILTER (WHERE NOT failed) / count(*) FROM scans", warning: 90%, critical: 75% }
              scans.any: { sql: "SELECT count(*) > 0 FROM scans" }
              scans.none: { sql: "SELECT failed FROM scans WHERE false" }
              scans.word: { sql: "SELECT 'many'", warning: 1 }
              scans.mode: { sql: "SELECT 'fast'", expect: slow }
              scans.broken: { sql: "SELECT nothing" }
              scans.change: { sql: "DELETE FROM scans RETURNING 1" }
            """, ["checks"]);

        Assert.Equal(
        [
            ("scans.any", HealthStatus.Healthy, "true"), ("scans.broken", HealthStatus.Unknown, null), ("scans.change", HealthStatus.Unknown, null),
            ("scans.failed", HealthStatus.Degraded, "3"), ("scans.mode", HealthStatus.Unhealthy, "fast"), ("scans.none", HealthStatus.Unhealthy, null),
            ("scans.passed", HealthStatus.Unhealthy, "70%"), ("scans.word", HealthStatus.Unknown, "many"),
        ], results.OrderBy(r => r.Check, StringComparer.Ordinal).Select(r => (r.Check, r.Status, r.Value)));
        Assert.Equal("Look at the scanner.", results.Single(r => r.Check == "scans.failed").Remedy);
        Assert.Equal(10, await postgres.ScalarAsync<long>(database.Database, "SELECT count(*) FROM scans"));
    }

    private string Text(DatabaseSettings database, string? password = null)
    {
        _lab.Folder.Write(".env", $"PW={password ?? PostgresFixture.Password}\n");
        return $"databases: {{ main: {{ host: 127.0.0.1, port: {database.Port}, name: {database.Database}, user: {database.User}, password: \"file:.env#PW\" }} }}";
    }

    private async Task WaitsAsync(NpgsqlConnection who)
    {
        string waits = $"SELECT count(*) FROM pg_locks WHERE pid = {who.ProcessID} AND NOT granted";
        for (int attempt = 0; await postgres.ScalarAsync<long>("postgres", waits) == 0; attempt++)
        {
            Assert.True(attempt < 3000, $"{who.ProcessID} never waited for a lock");
            await Task.Delay(20);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
