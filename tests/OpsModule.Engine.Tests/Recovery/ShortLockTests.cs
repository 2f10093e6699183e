using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresTenants.Name)]
public sealed class ShortLockTests(PostgresFixture postgres)
{
    [Fact]
    public async Task One_limit_covers_all_statements_of_an_attempt_together()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await using NpgsqlConnection connection = await lab.OpenAsync();
        // Each of them alone would be short enough.
        const string Slow = "UPDATE tenant_demo.marker SET version = 7; PERFORM pg_catalog.pg_sleep(0.15); PERFORM pg_catalog.pg_sleep(0.15);";
        Assert.Null(await ShortLock.RunAsync(connection, TimeSpan.Zero, Slow, default));
        Assert.Equal(1, await lab.ScalarAsync<int>("SELECT version FROM tenant_demo.marker"));
        Assert.NotNull(await ShortLock.RunAsync(connection, TimeSpan.FromMinutes(1), "UPDATE tenant_demo.marker SET version = 8;", default));
        Assert.Equal(8, await lab.ScalarAsync<int>("SELECT version FROM tenant_demo.marker"));
        // Its limits ended with the transaction.
        await new NpgsqlCommand("SELECT pg_sleep(0.3)", connection).ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task An_attempt_that_fails_for_good_tells_and_leaves_nothing_open()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await using NpgsqlConnection connection = await lab.OpenAsync();
        await Assert.ThrowsAsync<PostgresException>(() => ShortLock.RunAsync(connection, TimeSpan.FromMinutes(1), "LOCK TABLE tenant_demo.marker; ALTER SCHEMA nowhere RENAME TO somewhere;", default));
        Assert.Equal("idle", await lab.ScalarAsync<string>($"SELECT state FROM pg_stat_activity WHERE pid = {connection.ProcessID}"));
        Assert.Equal(0L, await lab.ScalarAsync<long>($"SELECT count(*) FROM pg_locks WHERE pid = {connection.ProcessID}"));
    }
}
