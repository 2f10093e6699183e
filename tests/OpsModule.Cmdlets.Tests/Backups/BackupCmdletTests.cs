using System.Security.Cryptography;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Backups;

/// <summary>Pipelines over stored backups; no server is needed for them.</summary>
public sealed class BackupCmdletTests : IAsyncLifetime
{
    private const string Old = "20260101T000000Z-00000a", New = "20260201T000000Z-00000b", Demo = "20260201T000001Z-00000c";

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private OpsContext _context = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "ops.yaml"), """
            environment: shop
            databases: { main: { host: 127.0.0.1, port: 1, name: a, user: b, tenantSchema: "t_{tenant}" } }
            backups: { stores: { local: { path: local }, offsite: { path: offsite } } }
            """);
        Directory.CreateDirectory(Path.Combine(_folder, "local"));
        Directory.CreateDirectory(Path.Combine(_folder, "offsite"));
        _context = OpsContextFactory.Create(EnvironmentLocator.Resolve(_folder, _folder, SilentReporter.Instance), SilentReporter.Instance);
        await StoreAsync(Old, null);
        await StoreAsync(New, null);
        await StoreAsync(Demo, "demo");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("Get-OpsBackup mian", "DatabaseUnknown", "Did you mean main?")]
    [InlineData("Get-OpsBackup -Tenant dmeo", "BackupNotFound", "Did you mean demo?")]
    [InlineData("Get-OpsBackup -Tenant demo,none", "BackupNotFound", "tenant none")]
    [InlineData("Get-OpsBackup -Id 20260101T000000Z-00000x", "BackupNotFound", "00000a")]
    [InlineData("Get-OpsBackup -Store locla", "StoreUnknown", "locla")]
    [InlineData("Remove-OpsBackup 20260101T000000Z-00000x -WhatIf", "BackupNotFound", "00000a")]
    public void AWrongNameIsAnError(string pipeline, string errorId, string said)
    {
        PwshRun run = Run(pipeline);
        OpsException error = Assert.Single(run.Errors);
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(said, error.Message);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("Get-OpsBackup", 3)]
    [InlineData("Get-OpsBackup MAIN", 3)]
    [InlineData("Get-OpsBackup m*", 3)]
    [InlineData("Get-OpsBackup x*", 0)]
    [InlineData("Get-OpsBackup -Tenant d*", 1)]
    [InlineData("Get-OpsBackup -Tenant x*", 0)]
    [InlineData("Get-OpsBackup main -Before 2025-01-01T00:00:00Z", 0)]
    [InlineData("Get-OpsBackup -Tenant demo -Before 2025-01-01T00:00:00Z", 0)]
    [InlineData("Get-OpsBackup -Before 1d -After 3000w", 3)]
    [InlineData("Get-OpsBackup -After 1d", 0)]
    [InlineData("Get-OpsBackup -Full", 2)]
    public void WhatIsKnownIsNoErrorEvenWhereNothingMatches(string pipeline, int count)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors);
        Assert.Equal(count, run.Objects.Count);
    }

    [Fact]
    public void APlanToRemoveAddsUpToWhatARunWouldDo()
    {
        PwshRun plan = Run("Get-OpsBackup -Full | Remove-OpsBackup -WhatIf");
        Assert.Contains(New, Assert.Single(plan.WhatIfs));
        Assert.Equal("LastBackup", Assert.Single(plan.Errors).ErrorId);
        Assert.Equal(3, Run("Get-OpsBackup").Objects.Count);

        PwshRun run = Run("Get-OpsBackup -Full | Remove-OpsBackup -Confirm:$false -PassThru");
        Assert.Equal([New], run.Objects.Cast<BackupRecord>().Select(b => b.Id));
        Assert.Equal("LastBackup", Assert.Single(run.Errors).ErrorId);
    }

    [Fact]
    public void ACopyThatIsThereAlreadyIsPassedOverSoThatASecondRunBringsOnlyWhatIsNew()
    {
        PwshRun plan = Run("Get-OpsBackup -Full | Copy-OpsBackup -Store local,offsite -WhatIf");
        Assert.Empty(plan.Errors);
        Assert.Equal(2, plan.WhatIfs.Count);
        Assert.Equal([New, Old], Run("Get-OpsBackup -Full | Copy-OpsBackup -Store *").Objects.Cast<BackupRecord>().Select(b => b.Id));
        PwshRun again = Run("$ErrorActionPreference = 'Stop'; Get-OpsBackup -Store local | Copy-OpsBackup -Store OFFSITE -Verbose");
        Assert.Equal(Demo, Assert.Single(again.Objects.Cast<BackupRecord>()).Id);
        Assert.Equal((0, 2), (again.ExitCode, again.VerboseMessages.Count(v => v.Contains("already has backup", StringComparison.Ordinal))));
        Assert.Empty(Run("Get-OpsBackup | Copy-OpsBackup -Store offsite").Objects);
    }

    [Fact]
    public void WhatDidNotPassItsTestCanBeRemovedAndFailsAScheduledStep()
    {
        Assert.Equal(0, Run("Test-OpsBackup | Assert-OpsResult").ExitCode);
        string damaged = Directory.GetFiles(_folder, New + ".dump", SearchOption.AllDirectories).Single();
        File.WriteAllText(damaged, "something else");
        File.WriteAllText(damaged.Replace(New, "20260301T000000Z-00000d"), "no manifest");

        PwshRun test = Run("Test-OpsBackup | Where-Object Passed -eq $false");
        Assert.Empty(test.Errors);
        Assert.Equal(2, test.Objects.Count);
        Assert.Contains("bad", Assert.Single(Run("Test-OpsBackup | Assert-OpsResult").Errors).Message);

        PwshRun removal = Run("Test-OpsBackup | Where-Object Passed -eq $false | Remove-OpsBackup -Confirm:$false -PassThru");
        Assert.Equal([New], removal.Objects.Cast<BackupRecord>().Select(b => b.Id));
        OpsException refused = Assert.Single(removal.Errors);
        Assert.Equal("BackupNotFound", refused.ErrorId);
        Assert.Contains("-Incomplete", refused.RecommendedAction);
    }

    [Fact]
    public void APipedEnvironmentIsOperatedOnAndItsNameIsNoDatabases()
    {
        Assert.Equal(3, Run($"Get-OpsEnvironment '{_folder}' | Get-OpsBackup", directory: "/").Objects.Count);
        PwshRun backup = Run($"Get-OpsEnvironment '{_folder}' | Backup-OpsDatabase", directory: "/");
        Assert.Equal("DatabaseUnreachable", Assert.Single(backup.Errors).ErrorId);
    }

    [Fact]
    public void AStoreWithNothingToTestIsNotPassedOverInSilence() =>
        Assert.Contains("offsite", Assert.Single(Run("Test-OpsBackup").Warnings));

    [Fact]
    public void ATenantThatIsEmptyIsNotTakenForTheWholeDatabase() =>
        Assert.Equal("TenantEmpty", Assert.Single(Run("Backup-OpsDatabase main -Tenant $null").Errors).ErrorId);

    [Theory]
    [InlineData("Get-OpsBackup -Tenant demo | Get-OpsBackup", 1)]
    [InlineData("Get-OpsBackup | Get-OpsBackup", 3)]
    [InlineData("Get-OpsBackup -Tenant demo | Select-Object Name, Tenant | Get-OpsBackup", 1)]
    [InlineData("Get-OpsBackup 20260101T000000Z-00000a | Select-Object Id | Get-OpsBackup", 1)]
    [InlineData("Get-OpsBackup -Full -Latest | Select-Object Name, Tenant | Get-OpsBackup", 2)]
    [InlineData("Get-OpsBackup -Id 20260101T000000Z-00000a, 20260201T000001Z-00000c", 2)]
    [InlineData("Get-OpsBackup m*, main", 3)]
    public void ABackupThatIsPipedInIsThatBackup(string pipeline, int count)
    {
        pipeline = pipeline.Replace("Get-OpsBackup 2026", "Get-OpsBackup -Id 2026");
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors);
        Assert.Equal(count, run.Objects.Count);
    }

    [Theory]
    [InlineData("Get-OpsEnvironment | Select-Object File | Backup-OpsDatabase -WhatIf", 1)]
    [InlineData("Get-OpsBackup -Latest | Select-Object Sha256 | Get-OpsBackup", 2)]
    [InlineData("Get-OpsBackup -Latest | Select-Object Sha256 | Backup-OpsDatabase main -WhatIf", 2)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Get-OpsService", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Wait-OpsService", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Get-OpsEvent", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Get-OpsResourceUsage", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Stop-OpsService", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Test-OpsBackup", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Copy-OpsBackup -Store offsite", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Restore-OpsDatabase -WhatIf", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Invoke-OpsRecoveryDrill", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Remove-OpsBackup -WhatIf", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Undo-OpsRestore -WhatIf", 1)]
    [InlineData("Get-OpsEnvironment | Select-Object File | Remove-OpsRestore -WhatIf", 1)]
    public void WhatIsNoneOfItIsAnErrorAndNothingIsTakenInItsPlace(string pipeline, int errors)
    {
        PwshRun run = Run(pipeline);
        Assert.Equal(Enumerable.Repeat("PipelineObjectUnknown", errors), run.Errors.Select(e => e.ErrorId));
        Assert.Empty(run.Objects);
        Assert.Empty(run.WhatIfs);
    }

    [Theory]
    [InlineData("Get-OpsBackup -Before 30")]
    [InlineData("Get-OpsBackup -After 1.5")]
    [InlineData("Clear-OpsStorage -LogFolder local -OlderThan 30 -WhatIf")]
    [InlineData("Update-OpsCertificate x -Within 21 -WhatIf")]
    public void AnAgeWithoutAUnitIsRefused(string pipeline) => Assert.Contains("write ", Assert.Single(Run(pipeline).OtherErrors));

    private PwshRun Run(string pipeline, string? directory = null) => PwshRun.Of(pipeline, directory ?? _folder);

    private async Task StoreAsync(string id, string? tenant)
    {
        byte[] content = [1, 2, 3];
        var backup = new BackupRecord
        {
            Id = id,
            Environment = "shop",
            Name = "main",
            Tenant = tenant,
            Schema = tenant is null ? null : "t_" + tenant,
            Key = BackupKeys.Object("shop", "main", tenant, id, Compression.None, encrypted: false),
            StartedAt = BackupKeys.TimeOf(id)!.Value,
            Compression = Compression.None,
            StoredBytes = content.Length,
            Sha256 = Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant(),
        };
        await using (StoreUpload upload = await _context.OpenStore("local").CreateAsync(backup.Key, default))
        {
            await upload.Stream.WriteAsync(content);
            await upload.CommitAsync(default);
        }
        await new BackupCatalog(_context).WriteManifestAsync(TestScope.Instance, backup, "local", default);
    }
}
