using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A restore neither breaks a subscriber nor changes publications without saying so.</summary>
public sealed class TenantReplicationTests : IAsyncLifetime
{
    // A server of its own: logical slots need wal_level = logical, and keep the server's transactions.
    private readonly PostgresFixture _postgres = new() { Settings = ["wal_level=logical"] };

    public Task InitializeAsync() => _postgres.InitializeAsync();

    public Task DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task A_publication_of_all_tables_with_a_subscriber_is_refused_and_without_one_told()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("CREATE PUBLICATION everything FOR ALL TABLES");
        await lab.ExecuteAsync("SELECT pg_create_logical_replication_slot('reader', 'pgoutput')");
        var request = new RestoreRequest { Backup = backup };
        foreach (Func<Task> attempt in new Func<Task>[] { () => RecoveryLab.PlanAsync(lab.Context, request, default), () => lab.RestoreAsync(backup) })
        {
            OpsException error = await RecoveryLab.FailsAsync("PublishedToSubscribers", attempt);
            Assert.Contains("everything", error.Message);
            Assert.Contains("reader", error.Message);
        }
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        // Also when the tenant is gone.
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        await RecoveryLab.FailsAsync("PublishedToSubscribers", () => lab.RestoreAsync(backup));
        // A slot of another database reads nothing of this one.
        await lab.ExecuteAsync("SELECT pg_drop_replication_slot('reader')");
        using RecoveryLab other = await RecoveryLab.CreateAsync(_postgres);
        await other.ExecuteAsync("SELECT pg_create_logical_replication_slot('elsewhere', 'pgoutput')");
        await lab.RestoreAsync(backup);
        Assert.Contains("everything", Assert.Single(lab.Warnings));
    }

    [Fact]
    public async Task A_tenant_out_of_a_whole_backup_joins_no_publication_and_that_is_told()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres);
        await lab.ExecuteAsync("CREATE PUBLICATION of_table FOR TABLE tenant_demo.customers; CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA tenant_demo; CREATE PUBLICATION gone FOR TABLE tenant_demo.customers");
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.ExecuteAsync("DROP PUBLICATION gone");

        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = RecoveryLab.Demo }, default);

        Assert.Equal([record.ReplacedName!], await lab.ListAsync("SELECT DISTINCT n.nspname::text FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace"));
        Assert.Equal([record.ReplacedName!], await lab.ListAsync("SELECT n.nspname::text FROM pg_publication_namespace p JOIN pg_namespace n ON n.oid = p.pnnspid"));
        string told = string.Join('\n', lab.Lab.Reporter.Warnings);
        Assert.Contains("of_table (customers)", told);
        Assert.Contains("of_schema (the whole schema)", told);
        Assert.Contains("In the backup, publications name tenant_demo or tables of it: gone customers.", told);
    }

    [Fact]
    public async Task Slots_and_subscriptions_of_a_replaced_database_are_told_and_its_subscriptions_stop()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres), publisher = await RecoveryLab.CreateAsync(_postgres);
        await publisher.ExecuteAsync("CREATE PUBLICATION p FOR TABLE public.countries");
        await publisher.ExecuteAsync("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')");
        await lab.ExecuteAsync($"CREATE SUBSCRIPTION sub CONNECTION 'host=127.0.0.1 port={_postgres.Port} user=postgres password={PostgresFixture.Password} dbname={publisher.Database}' PUBLICATION p WITH (create_slot = false, slot_name = feed, copy_data = false)");
        await lab.ExecuteAsync("CREATE SUBSCRIPTION idle CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, slot_name = none)");
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.ExecuteAsync("SELECT pg_create_logical_replication_slot('reader', 'pgoutput')");

        RestoreRecord record = await lab.RestoreAsync(backup, TimeSpan.FromSeconds(60));

        string told = string.Join('\n', lab.Lab.Reporter.Warnings);
        Assert.Contains("reader", told);
        Assert.Contains("idle, sub", told);
        const string Enabled = "SELECT coalesce(string_agg(subname, ',' ORDER BY subname), '') FROM pg_subscription WHERE subenabled AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        Assert.Equal("", await _postgres.ScalarAsync<string>(record.ReplacedName!, Enabled));
        Assert.Equal("", await lab.ScalarAsync<string>(Enabled));
        // Putting it back starts what ran; and what was restored can be removed, its subscriptions included, without touching the publisher's slot.
        RestoreRecord undone = await RecoveryLab.UndoAsync(lab.Context, record, TimeSpan.FromSeconds(60), default);
        Assert.Equal("sub", await lab.ScalarAsync<string>(Enabled));
        await lab.ExecuteAsync("SELECT pg_drop_replication_slot('reader')");
        await RecoveryLab.RemoveAsync(lab.Context, undone, default);
        Assert.Equal(1L, await publisher.ScalarAsync<long>("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'feed'"));
        await lab.ExecuteAsync("ALTER SUBSCRIPTION sub DISABLE");
    }

    [Fact]
    public async Task A_restore_that_fails_removes_its_database_with_the_subscriptions_in_it()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(_postgres);
        await lab.ExecuteAsync("CREATE SUBSCRIPTION idle CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, slot_name = none)");
        BackupRecord backup = await lab.BackUpAsync(null);
        BackupRecord altered = backup with { Tables = [.. backup.Tables.Select((t, i) => i == 0 ? t with { Rows = t.Rows + 1 } : t)] };
        await RecoveryLab.FailsAsync("RestoreMismatch", () => lab.RestoreAsync(altered));
        Assert.Empty(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
