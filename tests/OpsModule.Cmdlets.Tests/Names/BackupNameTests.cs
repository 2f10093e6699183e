using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Cmdlets.Tests.Names;

/// <summary>Names of databases, tenants, stores and backups, as they are typed and piped.</summary>
public sealed class BackupNameTests : IAsyncLifetime
{
    private readonly StoredBackups _stored = new();
    private string _full = "", _demo = "";

    public async Task InitializeAsync()
    {
        _full = await _stored.AddAsync("main");
        _demo = await _stored.AddAsync("main", "demo");
        await _stored.AddAsync("main", "Acme");
        await _stored.AddAsync("main", "acme");
        await _stored.AddAsync("main", "db[1]");
        await _stored.AddAsync("main", "db1", "offsite");
        await _stored.AddAsync("main", "it`s $(x)");
        await _stored.AddAsync("gone", null, "offsite");
    }

    public Task DisposeAsync()
    {
        _stored.Dispose();
        return Task.CompletedTask;
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline.Replace("FULL", _full).Replace("DEMO-ID", _demo), _stored.Folder);

    private static IEnumerable<string> Tenants(PwshRun run) => run.Objects.Cast<BackupRecord>().Select(b => b.Tenant ?? "-").Order(StringComparer.Ordinal);

    [Theory]
    [InlineData("Get-OpsBackup -Tenant D*", "db1,db[1],demo")]
    [InlineData("Get-OpsBackup -Tenant DEMO", "demo")]
    [InlineData("Get-OpsBackup -Tenant Acme", "Acme")]
    [InlineData("Get-OpsBackup -Tenant acme, DEMO", "acme,demo")]
    [InlineData("Get-OpsBackup -Tenant 'db[1]'", "db[1]")]
    [InlineData("Get-OpsBackup -Tenant 'db`[1`]'", "db[1]")]
    [InlineData("Get-OpsBackup -Tenant 'db[0-9]'", "db1")]
    [InlineData("Get-OpsBackup -Tenant 'it`s $(x)'", "it`s $(x)")]
    [InlineData("Get-OpsBackup -Tenant *", "Acme,acme,db1,db[1],demo,it`s $(x)")]
    [InlineData("Get-OpsBackup MAIN -Full", "-")]
    [InlineData("Get-OpsBackup GO*", "-")]
    [InlineData("Get-OpsBackup [m-n]ain -Full", "-")]
    [InlineData("Get-OpsBackup -Store OFF* -Tenant *", "db1")]
    [InlineData("Get-OpsBackup -Id 2026*-000001", "demo")]
    [InlineData("Get-OpsBackup -Id FULL, DEMO-ID", "-,demo")]
    [InlineData("(Get-OpsBackup -Id FULL, DEMO-ID).Id | Get-OpsBackup", "-,demo")]
    [InlineData("Get-OpsBackup main -Latest", "-")]
    [InlineData("Get-OpsBackup main -Latest -Tenant d*", "db1,db[1],demo")]
    [InlineData("[pscustomobject]@{ Name = 'main'; Tenant = 'demo' } | Get-OpsBackup", "demo")]
    [InlineData("[pscustomobject]@{ Tenant = 'D?MO'; Store = 'LOCAL' } | Get-OpsBackup", "demo")]
    [InlineData("Get-OpsBackup | Where-Object Tenant -ceq acme | Get-OpsBackup", "acme")]
    public void ANameIsFoundWhateverItsCaseAndByPatterns(string pipeline, string tenants)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors.Select(e => e.Message));
        Assert.Empty(run.Warnings);
        Assert.Equal(tenants, string.Join(',', Tenants(run)));
    }

    [Fact]
    public void SeveralThatDifferInTheirCaseAreListedAndNoneIsTaken()
    {
        PwshRun run = Run("Get-OpsBackup -Tenant ACME, demo");
        Assert.Equal("demo", Assert.Single(Tenants(run)));
        Assert.Equal("NameAmbiguous", Assert.Single(run.Errors).ErrorId);
        Assert.Contains("Acme", run.Errors[0].Message);
        Assert.Contains("acme", run.Errors[0].Message);
    }

    [Theory]
    [InlineData("Get-OpsBackup -Tenant x*")]
    [InlineData("Get-OpsBackup x*")]
    [InlineData("Get-OpsBackup -Store x*, local -Full")]
    [InlineData("Get-OpsBackup -Id x*")]
    [InlineData("Test-OpsBackup -Store x*, local -Id FULL")]
    public void APatternThatNothingFitsIsSaidWhereOneOnlyLooks(string pipeline)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.Errors);
        Assert.Contains("x*", Assert.Single(run.Warnings));
    }

    [Theory]
    [InlineData("Remove-OpsBackup x* -WhatIf")]
    [InlineData("Copy-OpsBackup x* -Store offsite")]
    [InlineData("Copy-OpsBackup FULL -Store x*")]
    [InlineData("Restore-OpsDatabase x* -WhatIf")]
    [InlineData("Restore-OpsDatabase DEMO-ID -Tenant x* -WhatIf")]
    [InlineData("Invoke-OpsRecoveryDrill x*")]
    [InlineData("Invoke-OpsRecoveryDrill -Latest -Name x*")]
    [InlineData("Invoke-OpsRecoveryDrill -Latest -Tenant x*")]
    [InlineData("Backup-OpsDatabase x* -WhatIf")]
    public void APatternThatNothingFitsIsAnErrorWhereSomethingIsDone(string pipeline)
    {
        PwshRun run = Run(pipeline);
        Assert.Equal("NothingMatches", Assert.Single(run.Errors).ErrorId);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.WhatIfs);
    }

    [Theory]
    [InlineData("Get-OpsBackup -Id FULL, nope", 1, "BackupNotFound")]
    [InlineData("Get-OpsBackup -Store local, nope -Full", 1, "StoreUnknown")]
    [InlineData("Get-OpsBackup main, mian -Full", 1, "DatabaseUnknown")]
    [InlineData("Get-OpsBackup -Tenant demo, ghost", 1, "BackupNotFound")]
    [InlineData("Test-OpsBackup FULL, nope", 1, "BackupNotFound")]
    [InlineData("Test-OpsBackup FULL -Store local, nope", 1, "StoreUnknown")]
    [InlineData("Copy-OpsBackup nope, FULL -Store offsite", 1, "BackupNotFound")]
    [InlineData("Copy-OpsBackup FULL -Store offsite, nope", 1, "StoreUnknown")]
    [InlineData("Remove-OpsBackup nope, DEMO-ID -Force -Confirm:$false -PassThru", 1, "BackupNotFound")]
    public void OneThatIsUnknownDoesNotKeepTheOthers(string pipeline, int objects, string errorId)
    {
        PwshRun run = Run(pipeline);
        Assert.Equal([errorId], run.Errors.Select(e => e.ErrorId));
        Assert.Equal(objects, run.Objects.Count);
    }

    [Theory]
    [InlineData("Select-Object Id, Store, Name")]
    [InlineData("ConvertTo-Csv | ConvertFrom-Csv")]
    [InlineData("ConvertTo-Json -Depth 3 | ConvertFrom-Json")]
    [InlineData("ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_)) }")]
    public void AnObjectOfAFileOrAnotherSessionIsKnownByItsId(string way)
    {
        Assert.Equal("demo", Assert.Single(Run($"Get-OpsBackup -Id DEMO-ID | {way} | Get-OpsBackup").Objects.Cast<BackupRecord>()).Tenant);
        Assert.True(Assert.Single(Run($"Get-OpsBackup -Id DEMO-ID | {way} | Test-OpsBackup").Objects.Cast<BackupTestResult>()).Passed);
        Assert.Contains(_demo, Assert.Single(Run($"Get-OpsBackup -Id DEMO-ID | {way} | Remove-OpsBackup -Force -WhatIf").WhatIfs));
        Assert.Equal(_demo, Assert.Single(Run($"Get-OpsBackup -Id DEMO-ID | {way} | Copy-OpsBackup -Store offsite").Objects.Cast<BackupRecord>()).Id);
    }

    [Fact]
    public void ATestThatFailedIsNotForgottenInAFile()
    {
        File.WriteAllText(Directory.GetFiles(_stored.Folder, _demo + ".dump", SearchOption.AllDirectories).Single(), "something else");
        const string failed = "Test-OpsBackup DEMO-ID | ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_)) }";
        Assert.Equal("BackupTestFailed", Assert.Single(Run(failed + " | Restore-OpsDatabase -WhatIf").Errors).ErrorId);
        Assert.Contains(_demo, Assert.Single(Run(failed + " | Remove-OpsBackup -Force -WhatIf").WhatIfs));
    }

    [Theory]
    [InlineData("Get-OpsBackup -Full -Tenant demo")]
    [InlineData("Restore-OpsDatabase FULL -As x -Tenant demo -WhatIf")]
    [InlineData("Get-OpsLog api -Path x.log")]
    [InlineData("Get-OpsLog -Path x.log -Follow")]
    [InlineData("Find-OpsAttackPattern api -Path x.log")]
    [InlineData("Update-OpsCertificate -DryRun -Force")]
    [InlineData("Invoke-OpsServiceCommand api -Command ls -CommandLine ls")]
    [InlineData("Invoke-OpsRecoveryDrill FULL -Latest")]
    public void ParametersThatExcludeEachOtherAreOfDifferentSets(string pipeline)
    {
        PwshRun run = Run(pipeline);
        Assert.Matches("^(AmbiguousParameterSet|PositionalParameterNotFound)", Assert.Single(run.ErrorRecords).FullyQualifiedErrorId);
    }

    [Fact]
    public void NothingIsEmittedOfWhatIsRemovedUnlessAsked()
    {
        Assert.Empty(Run("Remove-OpsBackup FULL -Force -Confirm:$false").Objects);
        Assert.Empty(Run("Get-OpsBackup main -Full").Objects);
    }

    /// <summary>PowerShell would keep what is written and pass over what the object says.</summary>
    [Theory]
    [InlineData("[pscustomobject]@{ Name = 'other' } | Get-OpsBackup main")]
    [InlineData("[pscustomobject]@{ Name = 'other' } | Get-OpsBackup *")]
    [InlineData("[pscustomobject]@{ Name = 'other' } | Backup-OpsDatabase main -WhatIf")]
    [InlineData("[pscustomobject]@{ Name = 'other' } | Get-OpsRestore main, other")]
    [InlineData("[pscustomobject]@{ Name = 'main'; Tenant = 'acme' } | Get-OpsBackup -Tenant demo")]
    [InlineData("[pscustomobject]@{ Name = 'main'; Tenant = 'acme' } | Get-OpsBackup -Tenant Acme")]
    [InlineData("[pscustomobject]@{ Name = 'main'; Tenant = 'acme' } | Backup-OpsDatabase -Tenant demo -WhatIf")]
    [InlineData("[pscustomobject]@{ Name = 'main'; Tenant = 'acme' } | Get-OpsRestore -Tenant demo")]
    public void AnObjectOfAnotherNameThanTheParametersIsRefused(string pipeline)
    {
        PwshRun run = Run(pipeline);
        Assert.Equal(["ParametersConflict"], run.Errors.Select(e => e.ErrorId));
        Assert.Empty(run.Objects);
        Assert.Empty(run.WhatIfs);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Name = 'main'; Environment = 'elsewhere' } | Get-OpsBackup")]
    [InlineData("[pscustomobject]@{ Name = 'main'; Environment = 'elsewhere' } | Backup-OpsDatabase -WhatIf")]
    public void AnObjectOfAnotherEnvironmentIsRefused(string pipeline) => Assert.Equal(["EnvironmentDiffers"], Run(pipeline).Errors.Select(e => e.ErrorId));

    [Fact]
    public void AnObjectOfTheSameNameIsTaken() =>
        Assert.Equal(["demo"], Tenants(Run("[pscustomobject]@{ Name = 'main'; Tenant = 'demo' } | Get-OpsBackup MAIN -Tenant demo")));
}
