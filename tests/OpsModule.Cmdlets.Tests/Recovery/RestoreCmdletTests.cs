using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Recovery;

/// <summary>The pipelines of a bad day, against a real server and two stores.</summary>
public sealed class RestoreCmdletTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private string _database = "";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task One_backup_from_two_stores_is_one_restore_and_one_question()
    {
        await CreateAsync();
        Run("Backup-OpsDatabase main -Tenant demo");
        await postgres.ExecuteAsync(_database, "DELETE FROM tenant_demo.t");

        PwshRun looked = Run("Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase -WhatIf");
        Assert.Contains("t: 0 rows become 5", Assert.Single(looked.Objects.Cast<ChangePlan>()).Figures.Select(f => f.ToString()));
        Assert.Single(looked.WhatIfs);

        PwshRun asked = new PwshRun { Answer = 'y' }.Run("Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase", _folder);
        Assert.Equal(5L, Assert.Single(asked.Objects.Cast<RestoreRecord>()).Rows);
        Assert.Single(asked.Questions);
        Assert.Equal((0, 5L), (asked.ExitCode, await RowsAsync()));
        Assert.Single(Run("Get-OpsRestore").Objects);
        Assert.Single(Run("Get-OpsRestore -Tenant demo").Objects);
        PwshRun wrong = Run("Get-OpsRestore -Tenant dmeo, demo");
        Assert.Equal("There is no tenant dmeo, and nothing is kept of one. Did you mean demo?", Assert.Single(wrong.Errors).Message);
        Assert.Single(wrong.Objects);
    }

    [Fact]
    public async Task A_store_that_has_lost_the_backup_is_told_and_the_other_one_serves()
    {
        await CreateAsync();
        var made = Run("Backup-OpsDatabase main -Tenant demo").Objects.Cast<BackupRecord>().ToList();
        await postgres.ExecuteAsync(_database, "DELETE FROM tenant_demo.t");
        File.Delete(made.Single(b => b.Store == "local").Location);

        PwshRun run = Run("Get-OpsBackup main -Tenant demo | Restore-OpsDatabase -Confirm:$false");

        Assert.Contains("is taken from store offsite instead", Assert.Single(run.Warnings, w => w.Contains("instead")));
        Assert.Single(run.Objects.OfType<RestoreRecord>());
        Assert.Equal((0, 5L), (run.ExitCode, await RowsAsync()));
    }

    [Fact]
    public async Task Different_backups_for_one_target_are_an_error_and_nothing_is_restored()
    {
        await CreateAsync();
        Run("Backup-OpsDatabase main -Tenant demo");
        Run("Backup-OpsDatabase main -Tenant demo -Store local");
        await postgres.ExecuteAsync(_database, "DELETE FROM tenant_demo.t");

        PwshRun run = Run("Get-OpsBackup main -Tenant demo | Restore-OpsDatabase -Confirm:$false");

        OpsException error = Assert.Single(run.Errors);
        Assert.Equal("BackupAmbiguous", error.ErrorId);
        Assert.Contains("Different backups were given for tenant demo", error.Message);
        Assert.Equal((1, 0L), (run.ExitCode, await RowsAsync()));
        Assert.Single(Run("Get-OpsBackup main -Tenant demo -Latest -Store local | Restore-OpsDatabase -Confirm:$false").Objects);
    }

    [Fact]
    public async Task A_whole_database_and_an_older_tenant_of_it_are_refused_before_anything_is_changed()
    {
        await CreateAsync();
        Run("Backup-OpsDatabase main -Tenant demo");
        await postgres.ExecuteAsync(_database, "INSERT INTO tenant_demo.t SELECT i FROM generate_series(6, 7) i");
        Run("Backup-OpsDatabase main");
        foreach (string more in new[] { "-WhatIf", "-Confirm:$false" })
        {
            PwshRun run = Run("Get-OpsBackup -Latest | Restore-OpsDatabase " + more);
            Assert.Equal("BackupAmbiguous", Assert.Single(run.Errors).ErrorId);
            Assert.Empty(run.Objects);
            Assert.Empty(run.WhatIfs);
        }
        Assert.Empty(Run("Get-OpsRestore").Objects);
        Assert.Single(Run("Get-OpsBackup main -Full -Latest | Restore-OpsDatabase -Confirm:$false").Objects);
        Assert.Equal(7L, await RowsAsync());
    }

    [Fact]
    public async Task A_tenant_that_is_unknown_does_not_keep_the_others_from_being_backed_up()
    {
        await CreateAsync();
        PwshRun run = Run("Backup-OpsDatabase main -Tenant ghost, demo -Store local, nowhere");
        Assert.Equal("demo", Assert.Single(run.Objects.Cast<BackupRecord>()).Tenant);
        Assert.Equal(["StoreUnknown", "TenantMissing"], run.Errors.Select(e => e.ErrorId).Order());
        Assert.Equal(1, run.ExitCode);
        PwshRun drilled = Run("Invoke-OpsRecoveryDrill -Latest -Name MAIN -Tenant demo, ghost -Store local");
        Assert.Equal("BackupNotFound", Assert.Single(drilled.Errors).ErrorId);
        Assert.Single(drilled.Objects);
    }

    [Fact]
    public async Task Tenants_are_named_in_any_case_and_by_patterns_wherever_they_are_taken()
    {
        await CreateAsync();
        await postgres.ExecuteAsync(_database, "CREATE SCHEMA \"tenant_Demo\"; CREATE TABLE \"tenant_Demo\".t (i int); CREATE SCHEMA tenant_acme; CREATE TABLE tenant_acme.t (i int)");
        Assert.Equal(["acme"], Run("Backup-OpsDatabase MAIN -Tenant ACME -Store LOCAL").Objects.Cast<BackupRecord>().Select(b => b.Tenant));
        Assert.Equal(["Demo", "demo"], Run("Backup-OpsDatabase m* -Tenant D* -Store local").Objects.Cast<BackupRecord>().Select(b => b.Tenant).Order(StringComparer.Ordinal));
        Assert.Equal("NameAmbiguous", Assert.Single(Run("Backup-OpsDatabase main -Tenant DEMO -WhatIf").Errors).ErrorId);
        PwshRun some = Run("Backup-OpsDatabase main -Tenant x*, acme -WhatIf");
        Assert.Equal("NothingMatches", Assert.Single(some.Errors).ErrorId);
        Assert.Single(some.WhatIfs);
        Run("Backup-OpsDatabase main -Store local");
        PwshRun restored = Run("Get-OpsBackup main -Latest | Restore-OpsDatabase -Tenant d*, ACME -Confirm:$false");
        Assert.Empty(restored.Errors);
        Assert.Equal(["Demo", "acme", "demo"], restored.Objects.Cast<RestoreRecord>().Select(r => r.Tenant).Order(StringComparer.Ordinal));
        Assert.Equal(["Demo", "demo"], Run("Get-OpsRestore MAIN -Tenant D*").Objects.Cast<RestoreRecord>().Select(r => r.Tenant).Order(StringComparer.Ordinal));
        Assert.Equal(["Demo"], Run("Get-OpsRestore | Where-Object Tenant -ceq Demo | Get-OpsRestore").Objects.Cast<RestoreRecord>().Select(r => r.Tenant));
        Assert.Equal(["acme"], Run("Get-OpsRestore -Tenant ACME | Select-Object Id, Name | Get-OpsRestore").Objects.Cast<RestoreRecord>().Select(r => r.Tenant));
        Assert.Contains("x*", Assert.Single(Run("Get-OpsRestore -Tenant x*").Warnings));
        Assert.Equal("PipelineObjectUnknown", Assert.Single(Run("Get-Date | Get-OpsRestore").Errors).ErrorId);
        Assert.Equal(2, Run("Remove-OpsRestore OPS_REPLACED*demo -WhatIf").WhatIfs.Count);
        Assert.Empty(Run("Get-OpsRestore -Tenant ACME | Select-Object ReplacedName | Remove-OpsRestore -Confirm:$false").Objects);
        Assert.Empty(Run("Get-OpsRestore -Tenant acme").Objects);
    }

    [Theory]
    [InlineData("Resume-OpsChange -Target database/main -WhatIf", "ChangeNotFound")]
    [InlineData("Undo-OpsChange -Target database/main/tenant/nobody -WhatIf", "ChangeNotFound")]
    [InlineData("Get-OpsBackup main -Full | Restore-OpsDatabase -Tenant nobody -WhatIf", "SchemaNotInBackup")]
    [InlineData("Get-OpsBackup main -Tenant demo -Store local | Restore-OpsDatabase -As other -WhatIf", "AsNeedsWholeDatabase")]
    public async Task What_cannot_be_done_is_an_error_before_anything_is_asked(string pipeline, string errorId)
    {
        await CreateAsync();
        Run("Backup-OpsDatabase main");
        Run("Backup-OpsDatabase main -Tenant demo");
        PwshRun run = Run(pipeline);
        Assert.Equal(errorId, Assert.Single(run.Errors).ErrorId);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.WhatIfs);
        Assert.Empty(run.Objects);
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private Task<long> RowsAsync() => postgres.ScalarAsync<long>(_database, "SELECT count(*) FROM tenant_demo.t");

    private async Task CreateAsync()
    {
        DatabaseSettings settings = await postgres.CreateDatabaseAsync();
        _database = settings.Database;
        await postgres.ExecuteAsync(_database, "CREATE SCHEMA tenant_demo; CREATE TABLE tenant_demo.t AS SELECT i FROM generate_series(1, 5) i");
        foreach (string store in new[] { "local", "offsite" }) Directory.CreateDirectory(Path.Combine(_folder, store));
        await File.WriteAllTextAsync(Path.Combine(_folder, "password"), PostgresFixture.Password);
        await File.WriteAllTextAsync(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: test
            databases:
              main: { host: 127.0.0.1, port: {{settings.Port}}, name: {{_database}}, user: postgres, password: "file:password", tenantSchema: "tenant_{tenant}" }
            backups: { stores: { local: { path: local }, offsite: { path: offsite } } }
            """);
    }
}
