using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Cmdlets.Tests.Names;

/// <summary>A database and a cache of the same name, at the prompt.</summary>
public sealed class BackupKindTests : IAsyncLifetime
{
    private readonly StoredBackups _stored = new();
    private string _database = "", _cache = "";

    public async Task InitializeAsync()
    {
        _database = await _stored.AddAsync("main");
        _cache = await _stored.AddAsync(BackupKind.Cache, "main");
        await _stored.AddAsync(BackupKind.Cache, "sessions");
    }

    public Task DisposeAsync()
    {
        _stored.Dispose();
        return Task.CompletedTask;
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline.Replace("CACHE-ID", _cache).Replace("DATABASE-ID", _database), _stored.Folder);

    [Theory]
    [InlineData("Get-OpsBackup", "Cache main,Cache sessions,Database main")]
    [InlineData("Get-OpsBackup main", "Database main")]
    [InlineData("Get-OpsBackup main -Latest", "Database main")]
    [InlineData("Get-OpsBackup main -Kind Cache", "Cache main")]
    [InlineData("Get-OpsBackup -Kind Cache", "Cache main,Cache sessions")]
    [InlineData("Get-OpsBackup main -Kind Cache, Database", "Cache main,Database main")]
    [InlineData("Get-OpsBackup SESSIONS", "Cache sessions")]
    [InlineData("Get-OpsBackup m*", "Cache main,Database main")]
    [InlineData("Get-OpsBackup -Full", "Database main")]
    [InlineData("Get-OpsBackup -Id CACHE-ID", "Cache main")]
    [InlineData("Get-OpsBackup -Id DATABASE-ID, CACHE-ID", "Cache main,Database main")]
    [InlineData("Copy-OpsBackup CACHE-ID -Store offsite", "Cache main")]
    [InlineData("Get-OpsBackup -Kind Cache | Set-OpsBackupPin -Reason x -PassThru", "Cache main,Cache sessions")]
    [InlineData("Set-OpsBackupPin 2026* -Kind Database -Reason x -PassThru", "Database main")]
    [InlineData("Get-OpsBackup main -Kind Cache | ConvertTo-Json | ConvertFrom-Json | Copy-OpsBackup -Store offsite", "Cache main")]
    public void TheNameOfADatabaseMeansItUnlessAKindIsNamed(string pipeline, string expected)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors.Select(e => e.Message));
        Assert.Equal(expected, string.Join(",", run.Objects.Cast<BackupRecord>().Select(b => $"{b.Kind} {b.Name}").Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("Restore-OpsDatabase CACHE-ID -WhatIf", "BackupOfAnotherKind")]
    [InlineData("Get-OpsBackup -Id CACHE-ID | Restore-OpsDatabase -WhatIf", "BackupOfAnotherKind")]
    [InlineData("Get-OpsBackup -Id CACHE-ID | ConvertTo-Json | ConvertFrom-Json | Restore-OpsDatabase -WhatIf", "BackupOfAnotherKind")]
    [InlineData("Get-OpsBackup -Id CACHE-ID | Invoke-OpsRecoveryDrill -WhatIf", "BackupOfAnotherKind")]
    [InlineData("Copy-OpsBackup CACHE-ID -Kind Database -Store offsite", "BackupOfAnotherKind")]
    [InlineData("Remove-OpsBackup CACHE-ID -Confirm:$false", "LastBackup")]
    [InlineData("Get-OpsBackup other -Kind Cache", "CacheUnknown")]
    [InlineData("Get-OpsBackup sessions -Kind Database", "DatabaseUnknown")]
    public void OneKindIsNeverTakenForAnother(string pipeline, string expected)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Objects);
        Assert.Equal(expected, Assert.Single(run.Errors).ErrorId);
    }
}
