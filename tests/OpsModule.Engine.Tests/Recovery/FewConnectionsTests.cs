using Npgsql;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A server of few connections, most of which the application has taken: a restore goes on with those that it gets.</summary>
public sealed class FewConnectionsTests : IAsyncLifetime
{
    private const int Most = 14, Free = 6;

    private readonly PostgresFixture _postgres = new() { Settings = [$"max_connections={Most}", "superuser_reserved_connections=0", "max_wal_senders=0", "wal_level=minimal"] };

    public Task InitializeAsync() => _postgres.InitializeAsync();

    public Task DisposeAsync() => _postgres.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restore_goes_on_with_those_that_are_free_and_says_so(bool tenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres);
        await lab.ExecuteAsync("CREATE TABLE tenant_demo.big AS SELECT g AS id, repeat(md5(g::text), 40) AS t FROM generate_series(1, 10000) g");
        BackupRecord backup = await lab.BackUpAsync(tenant ? RecoveryLab.Demo : null);
        string before = await lab.DescribeAsync("tenant_demo");
        await lab.ExecuteAsync("DELETE FROM tenant_demo.big WHERE id % 2 = 0");
        // With fewer and fewer: as long as there are enough for one worker, none of these restores may fail.
        for (int free = Free; free > 0 && !Told(lab); free--)
        {
            var held = new List<NpgsqlConnection>();
            try
            {
                while (held.Count < Most - free) held.Add(await _postgres.OpenAsync("postgres"));
                RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, SwitchTimeout = TimeSpan.FromSeconds(20) }, default);
                Assert.Equal(RestoreState.Replaced, record.State);
            }
            finally { foreach (NpgsqlConnection connection in held) await connection.DisposeAsync(); }
        }
        Assert.True(Told(lab));
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
    }

    private static bool Told(RecoveryLab lab) => lab.Warnings.Any(w => w.Contains("it goes on with fewer", StringComparison.Ordinal));

    [Fact]
    public void The_last_one_has_nobody_to_leave_it_to_and_another_error_is_no_want_of_room()
    {
        int told = 0;
        var room = new ConnectionRoom(3, () => told++);
        var full = new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable, "full", "wait", null, new PostgresException("sorry, too many clients already", "FATAL", "FATAL", "53300"));
        var other = new OpsException("DatabaseUnreachable", OpsErrorCategory.ResourceUnavailable, "gone", "wait", null, new PostgresException("shutting down", "FATAL", "FATAL", "57P03"));
        Assert.Equal([false, true, true, false], new[] { other, full, full, full }.Select(room.GoesOnWithout));
        Assert.Equal(2, told);
        Assert.False(new ConnectionRoom(1).GoesOnWithout(full));
    }
}
