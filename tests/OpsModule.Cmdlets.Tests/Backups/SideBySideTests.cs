using Npgsql;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Backups;

/// <summary>Many at once on a real server, and logins other than the environment's.</summary>
public sealed class SideBySideTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IDisposable
{
    private static readonly string[] Tenants = ["acme", "bad", "demo"];
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private string _database = "";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Each dump waits for a sequence that the test holds, so that all three can only be seen waiting when they run at once.</summary>
    [Fact]
    public async Task TenantsAreBackedUpAtOnceAndOneThatFailsLeavesTheOthers()
    {
        await CreateAsync();
        await using NpgsqlConnection holder = await postgres.OpenAsync(_database);
        await using NpgsqlTransaction held = await holder.BeginTransactionAsync();
        await using (var drop = new NpgsqlCommand(string.Concat(Tenants.Select(t => $"DROP SEQUENCE tenant_{t}.s;")), holder, held)) await drop.ExecuteNonQueryAsync();
        Task<PwshRun> running = Task.Run(() => Run("Backup-OpsDatabase main -Tenant * -Store local -ThrottleLimit 3"));
        try
        {
            await UntilAsync(running, () => WaitingAsync("tenant_"), 3);
            Assert.True(await postgres.ScalarAsync<bool>("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%last_value%tenant_bad%' AND wait_event_type = 'Lock'"));
            await UntilAsync(running, () => WaitingAsync("tenant_"), 2);
        }
        finally { await held.RollbackAsync(); }

        PwshRun run = await running.WaitAsync(Bound);
        Assert.Equal(["acme", "demo"], run.Objects.Cast<BackupRecord>().Select(b => b.Tenant!).Order());
        Assert.Single(run.Errors);
        Assert.Equal(2, Run("Get-OpsBackup").Objects.Count);
        Assert.Equal("True", $"{Assert.Single(Run("(Test-OpsJournal).Passed").Objects)}");
        Assert.Empty(Run("Get-OpsChange -Unfinished").Objects);
    }

    /// <summary>
    /// The rules of one store are applied by one at a time, and tenants that are backed up at once must not stand in each other's way: while one is
    /// still being dumped, nothing of the others is removed.
    /// </summary>
    [Fact]
    public async Task TheRulesOfRetentionAreAppliedWhenAllTenantsAreBackedUp()
    {
        await CreateAsync();
        string file = Path.Combine(_folder, "ops.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("backups: {", "backups: { retention: { database: { last: 1 }, afterBackup: true },"));
        string[] before = [.. Run("Backup-OpsDatabase main -Tenant * -Store local").Objects.Cast<BackupRecord>().Select(b => b.Id)];
        Assert.Equal(3, before.Length);
        await using NpgsqlConnection holder = await postgres.OpenAsync(_database);
        await using NpgsqlTransaction held = await holder.BeginTransactionAsync();
        await using (var drop = new NpgsqlCommand("DROP SEQUENCE tenant_bad.s", holder, held)) await drop.ExecuteNonQueryAsync();
        Task<PwshRun> running = Task.Run(() => Run("Backup-OpsDatabase main -Tenant * -Store local -ThrottleLimit 3"));
        try { await UntilAsync(running, () => Task.FromResult((long)Manifests().Count(m => !before.Contains(Path.GetFileNameWithoutExtension(m)))), 2); }
        finally { await held.RollbackAsync(); }

        PwshRun run = await running.WaitAsync(Bound);
        Assert.Empty(run.Errors);
        string[] made = [.. run.Objects.Cast<BackupRecord>().Select(b => b.Id).Order()];
        Assert.Equal(3, made.Length);
        Assert.Equal(made, Manifests().Select(m => Path.GetFileNameWithoutExtension(m)!).Order());
        string[] lines = [.. (await File.ReadAllLinesAsync(Path.Combine(_folder, ".ops", "journal.jsonl"))).Where(l => l.Contains("\"dump-done\"", StringComparison.Ordinal)
            || l.Contains("\"remove-0-done\"", StringComparison.Ordinal))];
        Assert.Equal(9, lines.Length);
        Assert.All(lines[..6], l => Assert.Contains("dump-done", l));
        Assert.All(lines[6..], l => Assert.Contains("remove-0-done", l));

        string[] Manifests() => Directory.GetFiles(Path.Combine(_folder, "store"), "*.json", SearchOption.AllDirectories);
    }

    [Fact]
    public async Task NoMoreRunAtOnceThanAreAllowedAndStoppingEndsAllOfThem()
    {
        await CreateAsync();
        await using NpgsqlConnection holder = await postgres.OpenAsync(_database);
        await using NpgsqlTransaction held = await holder.BeginTransactionAsync();
        await using (var drop = new NpgsqlCommand(string.Concat(Tenants.Select(t => $"DROP SEQUENCE tenant_{t}.s;")), holder, held)) await drop.ExecuteNonQueryAsync();
        long most = 0;
        PwshRun run = await Task.Run(() => new PwshRun
        {
            Running = stop =>
            {
                DateTime end = DateTime.UtcNow + Bound;
                while (WaitingAsync("tenant_").GetAwaiter().GetResult() < 2 && DateTime.UtcNow < end) Thread.Sleep(50);
                most = WaitingAsync("tenant_").GetAwaiter().GetResult();
                stop();
            },
        }.Run("Backup-OpsDatabase main -Tenant * -Store local -ThrottleLimit 2", _folder)).WaitAsync(Bound * 2);
        Assert.Equal(2, most);
        Assert.Empty(run.Objects);
        // The server looks now and then whether its client is still there.
        for (DateTime end = DateTime.UtcNow + Bound; await WaitingAsync("tenant_") > 0; await Task.Delay(50)) Assert.True(DateTime.UtcNow < end, "A session is left.");
        await held.RollbackAsync();
        Assert.Empty(Run("Get-OpsBackup").Objects);
        Assert.Empty(Run("Get-OpsChange -Unfinished").Objects);
    }

    [Fact]
    public async Task DrillsRunAtOnceAndWhatIfStartsNothing()
    {
        await CreateAsync();
        Assert.Equal(3, Run("Backup-OpsDatabase main -Tenant * -Store local").Objects.Count);
        PwshRun plan = Run("Invoke-OpsRecoveryDrill -Latest -Tenant * -WhatIf");
        Assert.Empty(plan.Objects);
        Assert.Equal(3, plan.WhatIfs.Count);
        Assert.All(plan.WhatIfs, w => Assert.Matches("Start a PostgreSQL server of its own .*restore .* of 1 tables into it", w));
        PwshRun run = Run("Get-OpsBackup -Tenant * | Invoke-OpsRecoveryDrill -ThrottleLimit 3");
        Assert.Empty(run.Errors);
        Assert.Equal(["acme", "bad", "demo"], run.Objects.Cast<DrillResult>().Select(d => d.Backup.Tenant!).Order());
        Assert.All(run.Objects.Cast<DrillResult>(), d => Assert.True(d.Passed));
    }

    [Fact]
    public async Task ACredentialTakesThePlaceOfTheEnvironmentsLoginAndIsShownNowhere()
    {
        await CreateAsync(password: "wrong-password");
        Assert.Equal("DatabaseLoginRefused", Assert.Single(Run("Backup-OpsDatabase main").Errors).ErrorId);
        string credential = $"$c = [pscredential]::new('postgres', (ConvertTo-SecureString '{PostgresFixture.Password}' -AsPlainText -Force)); ";
        PwshRun run = Run(credential + "Backup-OpsDatabase main -Tenant demo -Store local -Credential $c -Verbose; Get-OpsRestore -Credential $c; Get-OpsBackup | Restore-OpsDatabase -Credential $c -Confirm:$false; "
            + "Get-OpsRestore -Credential $c | Remove-OpsRestore -Credential $c -Confirm:$false -PassThru; Test-OpsHealth -Check database.xidAge -Credential $c");
        Assert.Empty(run.Errors);
        Assert.Single(run.Objects.OfType<BackupRecord>());
        RestoreRecord[] restores = [.. run.Objects.OfType<RestoreRecord>()];
        Assert.Equal([RestoreState.Replaced, RestoreState.Removed], restores.Select(r => r.State));
        Assert.DoesNotContain(PostgresFixture.Password, string.Join('\n', run.VerboseMessages) + string.Join('\n', run.Objects));
        foreach (string file in Directory.GetFiles(Path.Combine(_folder, ".ops"), "*", SearchOption.AllDirectories)) Assert.DoesNotContain(PostgresFixture.Password, await File.ReadAllTextAsync(file));
        // Only in that call.
        Assert.Equal("DatabaseLoginRefused", Assert.Single(Run("Get-OpsRestore").Errors).ErrorId);
    }

    [Theory]
    [InlineData("text", true)]
    [InlineData("secure", true)]
    [InlineData("credential", true)]
    [InlineData("table", false)]
    [InlineData("missing", false)]
    [InlineData("asks", false)]
    public async Task APasswordComesOutOfAVault(string secret, bool works)
    {
        await CreateAsync(password: $"vault:stub/{secret}");
        StubVault();
        System.Diagnostics.ProcessStartInfo start = PwshProcess.Of("Backup-OpsDatabase main -Store local | ForEach-Object { \"made $($_.Name)\" }; Get-OpsChange | ConvertTo-Json -Depth 5", _folder);
        start.Environment["PSModulePath"] = Path.Combine(_folder, "modules");
        (int exitCode, string said) = await PwshProcess.RunAsync(start);
        Assert.Equal(works, said.Contains("made main"));
        Assert.DoesNotContain(PostgresFixture.Password, said);
        if (works) return;
        Assert.Contains(secret, said);
        Assert.Contains("the vault stub", said);
    }

    [Fact]
    public async Task WithoutTheModuleAVaultIsAClearError()
    {
        await CreateAsync(password: "vault:text");
        Assert.Contains("Microsoft.PowerShell.SecretManagement", Assert.Single(Run("Backup-OpsDatabase main").Errors, e => e.ErrorId == "SecretProviderUnsupported").Message);
    }

    /// <summary>A stub of Microsoft.PowerShell.SecretManagement: it has the one command that is asked for, and its secrets stand in it.</summary>
    private void StubVault()
    {
        string module = Path.Combine(_folder, "modules", "Microsoft.PowerShell.SecretManagement");
        Directory.CreateDirectory(module);
        File.WriteAllText(Path.Combine(module, "Microsoft.PowerShell.SecretManagement.psm1"), $$"""
            # A stub for tests.
            function Get-Secret {
                [CmdletBinding()] param([string] $Name, [string] $Vault)
                if ($Vault -ne 'stub') { throw 'another vault' }
                $secure = ConvertTo-SecureString '{{PostgresFixture.Password}}' -AsPlainText -Force
                switch ($Name) {
                    'text' { '{{PostgresFixture.Password}}' }
                    'secure' { $secure }
                    'credential' { [pscredential]::new('nobody', $secure) }
                    'table' { @{ password = '{{PostgresFixture.Password}}' } }
                    'asks' { Read-Host 'Password of the vault' }
                    default { Write-Error "no $Name, but there is {{PostgresFixture.Password}}" -ErrorAction Stop }
                }
            }
            """);
    }

    private Task<long> WaitingAsync(string schema) => postgres.ScalarAsync<long>("postgres",
        $"SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE datname = '{_database}' AND wait_event_type = 'Lock' AND query LIKE '%last_value%{schema}%'");

    private static async Task UntilAsync(Task running, Func<Task<long>> count, long expected)
    {
        DateTime end = DateTime.UtcNow + Bound;
        while (await count() != expected)
        {
            Assert.False(running.IsCompleted, "It ended before.");
            Assert.True(DateTime.UtcNow < end, $"{await count()} wait, {expected} were expected.");
            await Task.Delay(50);
        }
    }

    private async Task CreateAsync(string password = PostgresFixture.Password)
    {
        DatabaseSettings settings = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        _database = settings.Database;
        foreach (string tenant in Tenants)
            await postgres.ExecuteAsync(_database, $"CREATE SCHEMA tenant_{tenant}; CREATE TABLE tenant_{tenant}.t (id int PRIMARY KEY); INSERT INTO tenant_{tenant}.t SELECT generate_series(1, 5); CREATE SEQUENCE tenant_{tenant}.s;");
        Directory.CreateDirectory(Path.Combine(_folder, "store"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            databases: { main: { host: 127.0.0.1, port: {{postgres.Port}}, name: {{_database}}, user: postgres, password: "{{password}}", tenantSchema: "tenant_{tenant}" } }
            backups: { stores: { local: { path: store } } }
            """);
    }

    private PwshRun Run(string script) => PwshRun.Of(script, _folder);
}
