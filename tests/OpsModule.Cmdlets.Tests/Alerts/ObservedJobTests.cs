using System.Text.Json;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Alerts;

/// <summary>Every job tells how it ended, against a real server.</summary>
public sealed class ObservedJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private readonly WebServer _web = new();
    private DatabaseSettings _database = null!;

    public async Task InitializeAsync()
    {
        _database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(_database.Database, "CREATE SCHEMA tenant_demo; CREATE TABLE tenant_demo.t AS SELECT i FROM generate_series(1, 5) i");
        foreach (string folder in new[] { "store", "prom" }) Directory.CreateDirectory(Path.Combine(_folder, folder));
        File.WriteAllText(Path.Combine(_folder, "password"), PostgresFixture.Password);
    }

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void ABackupIsMadeWhateverItsReceiversDo()
    {
        Write("/never", 1);
        PwshRun run = Run("Backup-OpsDatabase main | Test-OpsBackup");
        Assert.True(Assert.Single(run.Objects.Cast<BackupTestResult>()).Passed);
        Assert.Equal((0, 2), (run.ExitCode, run.Warnings.Count(w => w.StartsWith("Receiver pager did not take", StringComparison.Ordinal))));
        Assert.Empty(run.Errors);
    }

    [Fact]
    public void BackupVerificationRestoreAndDrillAreToldAndMeasured()
    {
        Write("/ok", 30);
        Run("Backup-OpsDatabase main -Tenant demo | Test-OpsBackup");
        Assert.IsType<RestoreRecord>(Assert.Single(Run("Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase -Confirm:$false").Objects));
        Run("Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase -WhatIf");
        Assert.True(Assert.Single(Run("Get-OpsBackup main -Tenant demo -Latest | Invoke-OpsRecoveryDrill").Objects.Cast<DrillResult>()).Passed);
        JsonElement[] told = [.. _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement)];
        // Of two that are sent in the same moment either may come first.
        Assert.Equal([("backup", "ok"), ("drill", "ok"), ("restore", "ok"), ("verification", "ok")], told.Select(t => (t.GetProperty("kind").GetString()!, t.GetProperty("state").GetString()!)).Order());
        string[] lines = [.. Directory.GetFiles(Path.Combine(_folder, "prom")).SelectMany(File.ReadAllLines).Where(l => !l.StartsWith('#')).Select(l => l[..l.LastIndexOf(' ')])];
        Assert.Equal(lines.Length, lines.Distinct().Count());
        foreach (string kind in new[] { "backup_stored_bytes", "verification_passed", "restore_rows", "drill_recovery_duration_seconds" })
            Assert.Contains(lines, l => l.StartsWith($"ops_{kind}{{database=\"main\",environment=\"test\"", StringComparison.Ordinal) && l.Contains("tenant=\"demo\""));
    }

    [Fact]
    public void AJobThatFailsIsToldByItsName()
    {
        Write("/ok", 30);
        string store = Path.Combine(_folder, "store");
        Directory.Delete(store);
        File.WriteAllText(store, "no folder");
        Run("Backup-OpsDatabase main");
        JsonElement told = JsonDocument.Parse(Assert.Single(_web.Requests).Split("\r\n\r\n", 2)[1]).RootElement;
        Assert.Equal(("Backup of database main failed", "firing"), (told.GetProperty("title").GetString(), told.GetProperty("state").GetString()));
    }

    [Fact]
    public void ASlipOfTheCallerPagesNobodyAndLeavesNoSeries()
    {
        Write("/ok", 30);
        foreach (string pipeline in new[] { "Backup-OpsDatabase mian", "Backup-OpsDatabase main -Tenant dmeo", "Invoke-OpsRecoveryDrill -Latest -Name mian", "Test-OpsBackup 20260101T000000Z-00000a", "Backup-OpsDatabase main -Store locla", "Backup-OpsDatabase x*", "Backup-OpsDatabase main -Tenant x*", "Invoke-OpsRecoveryDrill -Latest -Name x*", "Invoke-OpsRecoveryDrill x*", "Get-Date | Test-OpsBackup", "Get-Date | Backup-OpsDatabase", "[pscustomobject]@{ Id = 'nope' } | Test-OpsBackup" })
            Assert.NotEqual(0, Run(pipeline).ExitCode);
        Assert.Empty(_web.Requests);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "prom")));
    }

    [Fact]
    public void WhatCannotEvenBeginIsToldUnderItsOwnName()
    {
        Write("/ok", 30);
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), File.ReadAllText(Path.Combine(_folder, "ops.yaml")).Replace($"port: {_database.Port}", "port: 1"));
        Run("Backup-OpsDatabase main");
        Run("Invoke-OpsRecoveryDrill -Latest -Name main");
        JsonElement[] told = [.. _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement)];
        Assert.Equal([("backup", "database main"), ("drill", "database main")], told.Select(t => (t.GetProperty("kind").GetString()!, t.GetProperty("target").GetString()!)));
        Assert.All(told, t => Assert.StartsWith("At the beginning: ", t.GetProperty("message").GetString()));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder, "prom")).Length);
    }

    [Fact]
    public void WhatWasToldOfATenantInAnotherCaseIsEndedByAGoodRun()
    {
        Write("/ok", 30);
        string file = Path.Combine(_folder, "ops.yaml"), good = File.ReadAllText(file);
        File.WriteAllText(file, good.Replace($"port: {_database.Port}", "port: 1"));
        Run("Backup-OpsDatabase main -Tenant DEMO");
        File.WriteAllText(file, good);
        Run("Backup-OpsDatabase main -Tenant DEMO");
        (string?, string?)[] told = [.. _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement).Select(t => (t.GetProperty("target").GetString(), t.GetProperty("state").GetString()))];
        Assert.Equal(("database main, tenant DEMO", "firing"), told[0]);
        Assert.Equal("resolved", told.Last(t => t.Item1 == told[0].Item1).Item2);
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(_folder, "prom")).SelectMany(File.ReadAllLines), l => l.StartsWith("ops_job_success", StringComparison.Ordinal) && l.EndsWith(" 0", StringComparison.Ordinal));
    }

    private void Write(string path, int timeout)
    {
        File.WriteAllText(Path.Combine(_folder, "hook"), _web.Url(path));
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: test
            databases:
              main: { host: 127.0.0.1, port: {{_database.Port}}, name: {{_database.Database}}, user: postgres, password: "file:password", tenantSchema: "tenant_{tenant}" }
            backups: { stores: { local: { path: store } } }
            alerts: { receivers: { pager: { webhook: "file:hook", timeout: {{timeout}}s, success: true } } }
            metrics: { textfile: prom }
            """);
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);
}
