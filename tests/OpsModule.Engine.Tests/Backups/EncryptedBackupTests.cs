using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Recovery;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>Backups that pass through age, with keys made for the test.</summary>
[Collection(PostgresCollection.Name)]
public sealed class EncryptedBackupTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Only_who_has_the_identity_reads_an_encrypted_backup()
    {
        using BackupLab lab = await LabAsync();
        string right = await EncryptAsync(lab);
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        Assert.True(made.Encrypted);
        Assert.EndsWith(".age", made.Location);
        Assert.StartsWith("age-encryption.org", await File.ReadAllTextAsync(made.Location));
        var tester = new BackupTester(lab.Context);
        Assert.True((await tester.TestAsync(made, BackupTestLevel.Structure, default)).Passed);

        string other = await MakeIdentityAsync(lab, "other.key");
        Use(lab, right, Path.Combine(lab.Folder, "other.key"));
        Assert.NotEqual(right, other);
        // A key that does not fit says nothing of the backup: it is an error, and what was verified stays so.
        OpsException wrong = await Assert.ThrowsAsync<OpsException>(() => new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default));
        Assert.Equal("IdentityWrong", wrong.ErrorId);
        Assert.Contains("other.key", wrong.Message);
        Assert.NotNull(Assert.Single(await lab.ListAsync()).VerifiedAt);
        File.WriteAllText(Path.Combine(lab.Folder, "other.key"), "no key at all\n");
        Assert.Equal("IdentityWrong", (await Assert.ThrowsAsync<OpsException>(() => new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default))).ErrorId);
        Assert.NotNull(Assert.Single(await lab.ListAsync()).VerifiedAt);
        // Its bytes are what was stored all the same, and that can be told without a key.
        Assert.True((await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Checksum, default)).Passed);

        Use(lab, right, Path.Combine(lab.Folder, "nowhere.key"));
        Assert.Equal("IdentityMissing", (await Assert.ThrowsAsync<OpsException>(() => new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default))).ErrorId);
    }

    [Fact]
    public async Task An_encrypted_backup_is_restored_and_drilled_and_what_it_holds_is_compared()
    {
        using BackupLab lab = await LabAsync();
        await EncryptAsync(lab);
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        Assert.True(made.Encrypted);
        Assert.NotNull((await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = made }, default)).Objects);
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(made, default);
        Assert.True(drill.Passed, string.Join("; ", drill.Failures));
        Assert.NotNull(drill.Objects);
    }

    [Fact]
    public async Task An_altered_backup_is_altered_whatever_the_key()
    {
        using BackupLab lab = await LabAsync();
        string right = await EncryptAsync(lab);
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        await MakeIdentityAsync(lab, "other.key");
        Use(lab, right, Path.Combine(lab.Folder, "other.key"));
        byte[] bytes = await File.ReadAllBytesAsync(made.Location);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(made.Location, bytes);
        Assert.Equal(BackupFinding.Altered, (await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Finding);
    }

    [Fact]
    public async Task A_recipient_that_is_none_is_found_by_its_form_and_blamed_at_night()
    {
        using BackupLab lab = await LabAsync();
        string right = await EncryptAsync(lab);
        Assert.True(AgeRecipient.IsValid(right));
        Use(lab, right[..^1] + (right[^1] == 'q' ? 'p' : 'q'), Path.Combine(lab.Folder, "right.key"));
        Assert.False(AgeRecipient.IsValid(lab.Context.Environment.Backups.Recipients[0]));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync());
        Assert.Equal("EncryptionFailed", error.ErrorId);
        Assert.Contains("age failed", error.Message);
        Assert.Contains("recipients", error.RecommendedAction);
    }

    [Theory]
    [InlineData("age1xyz", false)]
    [InlineData("age1", false)]
    [InlineData("AGE-SECRET-KEY-1XYZ", false)]
    [InlineData("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", true)] // from age's own documentation
    [InlineData("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q", false)]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKV6nXsYcaB8ZC4XwLjYzTTmRRNvRIJXmNHqLGAjv6oC me@here", true)]
    [InlineData("ssh-dss AAAA", false)]
    public void A_recipient_has_a_form(string text, bool valid) => Assert.Equal(valid, AgeRecipient.IsValid(text));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_fills_up_ends_the_backup_with_the_reason(bool encrypted)
    {
        using BackupLab lab = await LabAsync();
        using var disk = new Tmpfs(2);
        if (encrypted) await EncryptAsync(lab);
        lab.Context = With(lab, lab.Context.Environment.Backups with { Stores = new Dictionary<string, StoreSettings> { ["local"] = new() { Name = "local", Path = disk.Path } } });
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync().WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal("StoreFull", error.ErrorId);
        Assert.Empty(Directory.EnumerateFiles(disk.Path, "*", SearchOption.AllDirectories));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    /// <summary>Makes a key pair and encrypts to it from now on; returns the recipient.</summary>
    private static async Task<string> EncryptAsync(BackupLab lab)
    {
        string recipient = await MakeIdentityAsync(lab, "right.key");
        Use(lab, recipient, Path.Combine(lab.Folder, "right.key"));
        return recipient;
    }

    private static async Task<string> MakeIdentityAsync(BackupLab lab, string file)
    {
        string path = Path.Combine(lab.Folder, file);
        await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", path), null, default);
        return (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", path), null, default)).Trim();
    }

    private static void Use(BackupLab lab, string recipient, string identity) =>
        lab.Context = With(lab, lab.Context.Environment.Backups with { Recipients = [recipient], IdentityFile = identity });

    private static OpsContext With(BackupLab lab, BackupSettings backups) => OpsContextFactory.Create(lab.Context.Environment with { Backups = backups }, lab.Reporter);

    private async Task<BackupLab> LabAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        // Text that does not compress to less than the small disk.
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT i, md5(i::text) || md5((i * 7)::text) AS v FROM generate_series(1, 200000) i");
        return new BackupLab(database);
    }
}
