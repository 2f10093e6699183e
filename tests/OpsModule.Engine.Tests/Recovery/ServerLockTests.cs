using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Whoever holds the lock that keeps restores apart is named, and whether it looks like one.</summary>
[Collection(PostgresTenants.Name)]
public sealed class ServerLockTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("OpsModule database")]
    [InlineData("OpsModule schema tenant_demo")]
    public async Task A_stranger_that_holds_the_lock_is_named(string key)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        string role = "r" + Guid.NewGuid().ToString("N")[..10];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'x'");
        await using var stranger = new NpgsqlConnection($"Host=127.0.0.1;Port={postgres.Port};Username={role};Password=x;Database={lab.Database};Pooling=false;Application Name=nightly job");
        await stranger.OpenAsync();
        await new NpgsqlCommand($"SELECT pg_advisory_lock(hashtextextended('{key}', 0))", stranger).ExecuteNonQueryAsync();

        OpsException locked = await RecoveryLab.FailsAsync("TargetLocked", () => lab.RestoreAsync(backup));

        Assert.Contains($"session {stranger.ProcessID} of role {role} from 127.0.0.1", locked.Message);
        Assert.Contains("calls itself 'nightly job' and is no OpsModule session", locked.Message);
        Assert.Contains($"pg_terminate_backend({stranger.ProcessID})", locked.RecommendedAction);
    }

    [Fact]
    public async Task A_restore_that_holds_the_lock_is_told_as_one()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        var server = await Engine.Access.DatabaseServers.ResolveAsync(lab.Context, "main", default);
        await using NpgsqlConnection first = await server.ConnectAsync(default), second = await server.ConnectAsync(default);
        await ServerLock.TakeDatabaseAsync(first, default);
        OpsException locked = await RecoveryLab.FailsAsync("TargetLocked", () => ServerLock.TakeDatabaseAsync(second, default));
        Assert.Contains($"Another restore of the database {lab.Database}", locked.Message);
        Assert.Contains($"session {first.ProcessID} of role postgres", locked.Message);
    }
}
