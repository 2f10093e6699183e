using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>What is refused before anything is changed, and what belongs to others.</summary>
[Collection(PostgresTenants.Name)]
public sealed class RestoreRefusalTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_tenant_is_never_restored_as_another_database()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord tenant = await lab.BackUpAsync(), full = await lab.BackUpAsync(null);
        foreach (RestoreRequest request in new[] { new RestoreRequest { Backup = tenant, As = "other" }, new RestoreRequest { Backup = full, Tenant = RecoveryLab.Demo, As = "other" } })
        {
            await RecoveryLab.FailsAsync("AsNeedsWholeDatabase", () => RecoveryLab.PlanAsync(lab.Context, request, default));
            await RecoveryLab.FailsAsync("AsNeedsWholeDatabase", () => RecoveryLab.RunAsync(lab.Context, request, default));
        }
    }

    [Fact]
    public async Task What_another_environment_keeps_on_the_same_server_is_not_ours()
    {
        using RecoveryLab ours = await RecoveryLab.CreateAsync(postgres), theirs = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await theirs.BackUpAsync(null);
        // Both call their database main.
        Assert.Equal(137, await Probe.RunAsync("restore", "data-loaded", theirs.Lab, backup.Id));
        RestoreRecord staged = Assert.Single(await new RestoreCatalog(theirs.Context).ListAsync(null, default));
        Assert.Empty(await new RestoreCatalog(ours.Context).ListAsync(null, default));
        await RecoveryLab.FailsAsync("RestoreNotFound", () => RecoveryLab.RemoveAsync(ours.Context, staged, default));
        Assert.Equal(0, await ours.UndoUnfinishedAsync(null));
        // Without its comment it is known by its name, and by the whole of it.
        await postgres.ExecuteAsync("postgres", $"COMMENT ON DATABASE \"{staged.ReplacedName}\" IS NULL");
        Assert.Equal(staged.ReplacedName, Assert.Single(await new RestoreCatalog(theirs.Context).ListAsync(null, default)).ReplacedName);
        Assert.Empty(await new RestoreCatalog(ours.Context).ListAsync(null, default));
        await RecoveryLab.RemoveAsync(theirs.Context, staged, default);
        Assert.Empty(await new RestoreCatalog(theirs.Context).ListAsync(null, default));
    }

    [Theory]
    [InlineData("ops_stage_20261121t031600z_1f3a_shop", "shop", true)]
    [InlineData("ops_stage_20261121t031600z_1f3a_my_shop", "shop", false)]
    [InlineData("ops_replaced_20261121T031600_shop", "shop", true)]
    [InlineData("ops_replaced_20261121T031600_1_shop", "shop", true)]
    [InlineData("ops_replaced_20261121T031600_my_shop", "shop", false)]
    [InlineData("ops_replaced_by_hand_shop", "shop", false)]
    [InlineData("ops_stage_20261121t031600z_1f3a_a_database_with_a_very_long_nam", "a_database_with_a_very_long_name_indeed", true)]
    public void A_name_tells_what_it_was_made_of(string name, string original, bool expected) => Assert.Equal(expected, RestoreNames.IsOf(name, original));

    [Fact]
    public async Task A_resumed_restore_beside_the_live_database_never_replaces_one()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        string other = lab.Database + "_other";
        Assert.Equal(137, await Probe.RunAsync("restore", "switch", lab.Lab, backup.Id, other));
        await postgres.ExecuteAsync("postgres", $"CREATE DATABASE {other}");
        await postgres.ExecuteAsync(other, "CREATE TABLE mine (i int)");
        OpsException error = await RecoveryLab.FailsAsync("DatabaseExists", () => lab.ResumeAsync(null));
        Assert.Contains("Resume-OpsChange -Target database/main", error.RecommendedAction);
        Assert.Equal(0L, await postgres.ScalarAsync<long>(other, "SELECT count(*) FROM mine"));
        await postgres.ExecuteAsync("postgres", $"DROP DATABASE {other}");
        RestoreRecord record = await lab.ResumeAsync(null);
        Assert.Equal((RestoreState.Restored, other), (record.State, record.Database));
        Assert.Equal(3000L, await postgres.ScalarAsync<long>(other, "SELECT count(*) FROM tenant_demo.customers"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Whoever_calls_the_database_something_else_is_kept_away_all_the_same()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null), tenant = await lab.BackUpAsync();
        DatabaseSettings settings = lab.Lab.Database with { Name = "shop" };
        OpsContext other = BackupLab.ContextOf(lab.Lab.Folder + "/other", settings, ["local"], SilentReporter.Instance);
        var server = await Engine.Access.DatabaseServers.ResolveAsync(other, "shop", default);
        await using (DatabaseKeeper keeper = await DatabaseKeeper.OpenAsync(other, server, default))
        {
            await RecoveryLab.FailsAsync("TargetLocked", () => lab.RestoreAsync(backup));
            await RecoveryLab.FailsAsync("TargetLocked", () => lab.RestoreAsync(tenant));
            // Looking disturbs nobody and is disturbed by nobody.
            Assert.NotEmpty((await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default)).Figures.Skip(2));
        }
        await postgres.ExecuteAsync("postgres", $"DROP DATABASE {lab.Database}");
        await using (DatabaseKeeper keeper = await DatabaseKeeper.OpenAsync(other, server, default))
            await RecoveryLab.FailsAsync("TargetLocked", () => lab.RestoreAsync(backup));
        Assert.Equal(RestoreState.Restored, (await lab.RestoreAsync(backup)).State);
    }

    [Fact]
    public async Task A_restore_of_what_has_an_unfinished_one_is_refused_with_the_commands_that_end_it()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, RecoveryLab.Demo, RecoveryLab.Odd);
        BackupRecord backup = await lab.BackUpAsync(RecoveryLab.Odd), other = await lab.BackUpAsync();
        Assert.Equal(137, await Probe.RunAsync("restore", "verified", lab.Lab, backup.Id));
        OpsException unfinished = await RecoveryLab.FailsAsync("UnfinishedRestore", () => lab.RestoreAsync(backup));
        Assert.Contains($"Resume-OpsChange -Target 'database/main/tenant/{RecoveryLab.Odd.Replace("'", "''")}'", unfinished.RecommendedAction);
        Assert.Equal("verified", Assert.Single(lab.Unfinished(RecoveryLab.Odd)).LastStep);
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(other)).State);
    }

    [Fact]
    public async Task Publications_of_tables_and_of_the_whole_schema_are_warned_about()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("CREATE PUBLICATION of_table FOR TABLE tenant_demo.customers; CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA tenant_demo; CREATE PUBLICATION of_other FOR TABLE public.countries");
        await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        string warning = Assert.Single(lab.Warnings);
        Assert.Contains("of_table (customers)", warning);
        Assert.Contains("of_schema (the whole schema)", warning);
        Assert.DoesNotContain("of_other", warning);
    }

    [Theory]
    [InlineData(100L, 100L, "t: 100 rows, as many as before")]
    [InlineData(1L, 2000L, "t: 1 row becomes 2,000")]
    [InlineData(2L, 1L, "t: 2 rows become 1")]
    [InlineData(null, 1L, "t: appears with 1 row")]
    [InlineData(0L, null, "t: vanishes with 0 rows")]
    public void A_change_reads_as_one_would_say_it(long? live, long? backup, string expected)
    {
        TableChangeKind kind = live is null ? TableChangeKind.Appears : backup is null ? TableChangeKind.Vanishes : live == backup ? TableChangeKind.Same : TableChangeKind.RowCount;
        Assert.Equal(expected, new TableChange("s", "t", kind, live, backup).ToString());
    }
}
