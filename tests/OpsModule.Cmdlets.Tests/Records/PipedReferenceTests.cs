using System.Security.Cryptography;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Reporting;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Records;

/// <summary>A backup that came out of another session, a file or a selection is found anew by its id and store, and believed in nothing else.</summary>
public sealed class PipedReferenceTests : IAsyncLifetime
{
    private const string One = "20260101T000000Z-00000a", Two = "20260201T000000Z-00000b";

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private OpsContext _context = null!;

    public static TheoryData<string> Ways => new(
        "Get-OpsBackup -Id " + One + " | Export-Clixml x.xml; Import-Clixml x.xml",
        "Get-OpsBackup -Id " + One + " | Export-Csv x.csv; Import-Csv x.csv",
        "Get-OpsBackup -Id " + One + " | ConvertTo-Json | ConvertFrom-Json",
        "Get-OpsBackup -Id " + One + " | Select-Object Id, Store",
        "Get-OpsBackup -Id " + One + " | Select-Object *",
        "[pscustomobject]@{ Id = '" + One + "' }");

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "ops.yaml"), """
            environment: shop
            databases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }
            backups: { stores: { local: { path: local }, offsite: { path: offsite } } }
            """);
        Directory.CreateDirectory(Path.Combine(_folder, "local"));
        Directory.CreateDirectory(Path.Combine(_folder, "offsite"));
        _context = OpsContextFactory.Create(EnvironmentLocator.Resolve(_folder, _folder, SilentReporter.Instance), SilentReporter.Instance);
        await StoreAsync(One);
        await StoreAsync(Two);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void It_is_tested_copied_and_removed_as_the_live_one(string way)
    {
        PwshRun run = Run($"& {{ {way} }} | Test-OpsBackup");
        Assert.Empty(run.ErrorRecords);
        Assert.Equal((true, One, "shop"), Assert.Single(run.Objects) is BackupTestResult result ? (result.Passed, result.Backup!.Id, result.Environment) : default);
        Assert.Contains("Copy", Assert.Single(Run($"& {{ {way} }} | Copy-OpsBackup -Store offsite -WhatIf").WhatIfs));
        PwshRun removed = Run($"& {{ {way} }} | Remove-OpsBackup -Force -Confirm:$false");
        Assert.Empty(removed.ErrorRecords);
        Assert.Equal([Two], Run("Get-OpsBackup").Objects.Cast<BackupRecord>().Select(b => b.Id));
    }

    [Fact]
    public void Its_claims_of_key_hash_and_place_are_not_believed()
    {
        PwshRun run = Run($$"""
            $b = Get-OpsBackup -Id {{One}} | Select-Object *
            $b.Key = 'shop/main/{{Two}}.dump'; $b.Sha256 = '00'; $b.StoredBytes = 1; $b.Location = '/etc/passwd'
            $b | Test-OpsBackup
            """);
        var result = Assert.IsType<BackupTestResult>(Assert.Single(run.Objects));
        Assert.Equal((true, One), (result.Passed, result.Backup!.Id));
        Assert.NotEqual("00", result.Backup.Sha256);
        Assert.Equal("StoreUnknown", Assert.Single(Run($"[pscustomobject]@{{ Id = '{One}'; Store = 'elsewhere' }} | Test-OpsBackup").Errors).ErrorId);
        Assert.Equal("BackupNotFound", Assert.Single(Run($"[pscustomobject]@{{ Id = '{One}'; Store = 'offsite' }} | Remove-OpsBackup -Confirm:$false").Errors).ErrorId);
    }

    [Theory]
    [InlineData("Store = '*'", "StoreUnknown")]
    [InlineData("Name = 'other'", "BackupNotFound")]
    [InlineData("Name = 'main'; Tenant = 'demo'", "BackupNotFound")]
    [InlineData("Name = 'm*'", "BackupNotFound")]
    [InlineData("BackupId = '" + Two + "'", "PipelineObjectUnknown")]
    [InlineData("ReplacedName = 'ops_replaced_x'", "PipelineObjectUnknown")]
    public void What_it_claims_to_be_of_must_be_so_and_is_no_pattern(string claim, string errorId)
    {
        foreach (string next in new[] { "Test-OpsBackup", "Remove-OpsBackup -Force -Confirm:$false", "Copy-OpsBackup -Store offsite", "Restore-OpsDatabase -Confirm:$false" })
            Assert.Equal(errorId, Assert.Single(Run($"[pscustomobject]@{{ Id = '{One}'; {claim} }} | {next}").Errors).ErrorId);
        Assert.Equal(2, Run("Get-OpsBackup").Objects.Count);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Foo = 1 }")]
    [InlineData("[pscustomobject]@{ Id = 'x' }")]
    [InlineData("Get-Date")]
    public void What_names_no_backup_is_said_to(string what)
    {
        foreach (string next in new[] { "Test-OpsBackup", "Remove-OpsBackup -Confirm:$false", "Copy-OpsBackup -Store offsite", "Invoke-OpsRecoveryDrill", "Restore-OpsDatabase -Confirm:$false" })
            Assert.Equal("PipelineObjectUnknown", Assert.Single(Run($"{what} | {next}").Errors).ErrorId);
    }

    [Fact]
    public void A_test_that_did_not_pass_or_does_not_say_so_is_not_restored_from()
    {
        File.WriteAllText(Path.Combine(_folder, "local", BackupKeys.Object("shop", "main", null, One, Compression.None, encrypted: false)), "x");
        Assert.Equal("BackupTestFailed", Assert.Single(Run("Get-OpsBackup -Id " + One + " | Test-OpsBackup | Export-Csv t.csv; Import-Csv t.csv | Restore-OpsDatabase -Confirm:$false").Errors).ErrorId);
        Assert.Equal("BackupTestFailed", Assert.Single(Run("Import-Csv t.csv | Select-Object Backup, Store | Restore-OpsDatabase -Confirm:$false").Errors).ErrorId);
        foreach (string next in new[] { "Restore-OpsDatabase -Confirm:$false", "Copy-OpsBackup -Store offsite" })
            Assert.Equal("BackupTestFailed", Assert.Single(Run("Import-Csv t.csv | Select-Object @{ n = 'Id'; e = { $_.Backup } }, Store, Passed | " + next).Errors).ErrorId);
        Assert.Equal([One], Run("Import-Csv t.csv | Remove-OpsBackup -Confirm:$false -PassThru").Objects.Cast<BackupRecord>().Select(b => b.Id));
    }

    [Fact]
    public void An_environment_of_another_session_is_read_anew_from_its_file()
    {
        PwshRun run = Run("Get-OpsEnvironment | Export-Clixml e.xml; Set-Location /; Get-OpsBackup -Environment (Import-Clixml $OldPath/e.xml)".Replace("$OldPath", _folder, StringComparison.Ordinal));
        Assert.Empty(run.ErrorRecords);
        Assert.Equal(2, run.Objects.Count);
    }

    private PwshRun Run(string script) => PwshRun.Of(script, _folder);

    private async Task StoreAsync(string id)
    {
        byte[] content = [1, 2, 3];
        string key = BackupKeys.Object("shop", "main", null, id, Compression.None, encrypted: false);
        IBackupStore store = _context.OpenStore("local");
        await using (StoreUpload upload = await store.CreateAsync(key, default))
        {
            await upload.Stream.WriteAsync(content);
            await upload.CommitAsync(default);
        }
        var record = new BackupRecord
        {
            Id = id, Environment = "shop", Name = "main", Key = key, Store = "local", StoredBytes = content.Length, Compression = Compression.None,
            Sha256 = Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant(), StartedAt = BackupKeys.TimeOf(id)!.Value,
        };
        await new BackupCatalog(_context).WriteManifestAsync(TestScope.Instance, record, "local", default);
    }
}
