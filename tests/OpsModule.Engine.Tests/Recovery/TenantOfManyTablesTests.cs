using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A tenant with more tables than one transaction can lock: on a server with little room for locks, so that some hundreds suffice.</summary>
public sealed class TenantOfManyTablesTests : IAsyncLifetime
{
    // Room for 10 x 40 locks by its settings, and somewhat more in truth.
    private readonly PostgresFixture _postgres = new() { Settings = ["max_locks_per_transaction=10", "max_connections=40", "autovacuum_max_workers=1", "max_wal_senders=0", "wal_level=minimal", "max_worker_processes=0"] };

    public Task InitializeAsync() => _postgres.InitializeAsync();

    public Task DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task Its_replaced_schema_is_removed_and_what_cannot_be_switched_is_refused_at_once()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres);
        await MakeTablesAsync(lab, 250);
        string before = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();

        RestoreRecord record = await lab.RestoreAsync(backup);

        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        await RecoveryLab.RemoveAsync(lab.Context, record, default);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());

        // The backup had fewer.
        await MakeTablesAsync(lab, 125, "later");
        var request = new RestoreRequest { Backup = backup };
        OpsException error = await RecoveryLab.FailsAsync("TooManyTables", () => RecoveryLab.PlanAsync(lab.Context, request, default));
        Assert.Contains("max_locks_per_transaction", error.RecommendedAction);
        await RecoveryLab.FailsAsync("TooManyTables", () => lab.RestoreAsync(backup));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
    }

    [Fact]
    public async Task It_comes_back_when_it_is_gone()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres);
        await MakeTablesAsync(lab, 300);
        string before = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        for (int i = 0; i < 300; i += 50) await lab.ExecuteAsync(string.Concat(Enumerable.Range(i, 50).Select(n => $"DROP TABLE tenant_demo.many_{n} CASCADE;")).Insert(0, "BEGIN;") + "COMMIT;");
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        Assert.Equal(RestoreState.Restored, (await lab.RestoreAsync(backup)).State);
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
    }

    private static async Task MakeTablesAsync(RecoveryLab lab, int count, string name = "many")
    {
        for (int i = 0; i < count; i += 25)
            await lab.ExecuteAsync("BEGIN;" + string.Concat(Enumerable.Range(i, 25).Select(n =>
                $"CREATE TABLE tenant_demo.{name}_{n} (id int PRIMARY KEY, t text UNIQUE); INSERT INTO tenant_demo.{name}_{n} VALUES ({n}, 'x');")) + "COMMIT;");
    }
}
