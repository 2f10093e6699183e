using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>What somebody who can write to a store cannot do where the environment has a key.</summary>
public sealed class SignedBackupTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef", Other = "fedcba9876543210fedcba9876543210";

    [Fact]
    public async Task A_manifest_that_was_written_by_somebody_without_the_key_is_no_backup_to_restore()
    {
        using RetentionLab lab = Lab(null);
        BackupRecord planted = await lab.BackUpAsync(lab.Now.AddHours(-1));
        Sign(lab, Secret);
        BackupRecord signed = await lab.BackUpAsync(lab.Now.AddHours(-2));
        Assert.Equal(BackupSignature.Valid, signed.Signature);
        BackupRecord listed = await new BackupCatalog(lab.Context).FindAtAsync("local", planted.Key, default);
        Assert.Equal(BackupSignature.None, listed.Signature);
        Assert.Equal("BackupNotSigned", (await Assert.ThrowsAsync<OpsException>(() => BackupReader.OpenAsync(lab.Context, listed, default))).ErrorId);
        BackupTestResult tested = await new BackupTester(lab.Context).TestAsync(listed, BackupTestLevel.Checksum, default);
        Assert.Equal((false, BackupFinding.NotTrusted), (tested.Passed, tested.Finding));
        Assert.Null((await new BackupCatalog(lab.Context).FindAtAsync("local", planted.Key, default)).VerifiedAt);
        Assert.True((await new BackupTester(lab.Context).TestAsync(signed, BackupTestLevel.Checksum, default)).Passed);
        // Where people say that they trust the store, old ones may be used.
        lab.Context = lab.Context with { Environment = lab.Context.Environment with { Backups = lab.Context.Environment.Backups with { Signing = lab.Context.Environment.Backups.Signing! with { Required = false } } } };
        Assert.True((await new BackupTester(lab.Context).TestAsync(listed, BackupTestLevel.Checksum, default)).Passed);
    }

    [Fact]
    public async Task A_forged_manifest_and_one_of_another_key_are_told_and_the_key_before_counts_still()
    {
        using RetentionLab lab = Lab(Secret);
        BackupRecord backup = await lab.BackUpAsync(lab.Now.AddHours(-1));
        string path = lab.PathOf(backup, BackupKeys.Manifest), text = await File.ReadAllTextAsync(path);
        // Changed, and every hash made right again: what an unkeyed hash lets through.
        string manifest = text["{\"manifest\":".Length..text.LastIndexOf(",\"sha256\":\"", StringComparison.Ordinal)], forged = manifest.Replace(backup.Sha256, new string('a', 64), StringComparison.Ordinal);
        Assert.NotEqual(manifest, forged);
        await File.WriteAllTextAsync(path, text.Replace(manifest, forged, StringComparison.Ordinal)
            .Replace(Hash(manifest), Hash(forged), StringComparison.Ordinal));
        Assert.Contains("its signature is not of the key", (await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(lab.Context).FindAtAsync("local", backup.Key, default))).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text);
        Sign(lab, Other);
        await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(lab.Context).FindAtAsync("local", backup.Key, default));
        Sign(lab, Other, previous: Secret);
        Assert.Equal(BackupSignature.Valid, (await new BackupCatalog(lab.Context).FindAtAsync("local", backup.Key, default)).Signature);
        // A machine without the key can list it, and knows that it did not check.
        Sign(lab, null);
        Assert.Equal(BackupSignature.Unchecked, (await new BackupCatalog(lab.Context).FindAtAsync("local", backup.Key, default)).Signature);
    }

    [Fact]
    public async Task A_copy_is_signed_by_whom_its_source_was_and_never_by_the_one_who_copies()
    {
        using RetentionLab lab = Lab(null, "local", "other");
        BackupRecord planted = await lab.BackUpAsync(lab.Now.AddHours(-1));
        Sign(lab, Secret);
        BackupRecord signed = await lab.BackUpAsync(lab.Now.AddHours(-2));
        foreach (BackupRecord source in (BackupRecord[])[planted, signed])
            await new ChangeRunner(lab.Context).RunAsync(await new BackupCopier(lab.Context).PlanAsync(await new BackupCatalog(lab.Context).FindAtAsync("local", source.Key, default), "other", default), default);
        Assert.Equal(BackupSignature.None, (await new BackupCatalog(lab.Context).FindAtAsync("other", planted.Key, default)).Signature);
        Assert.Equal(BackupSignature.Valid, (await new BackupCatalog(lab.Context).FindAtAsync("other", signed.Key, default)).Signature);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("of another backup")]
    [InlineData("unsigned")]
    public async Task A_verified_mark_that_somebody_planted_does_not_let_the_last_good_backup_go(string mark)
    {
        using RetentionLab lab = Lab(mark == "unsigned" ? Secret : null);
        BackupRecord good = await lab.BackUpAsync(lab.Now.AddHours(-2), verified: true), bad = await lab.BackUpAsync(lab.Now.AddHours(-1));
        string planted = lab.PathOf(bad, BackupKeys.Verified);
        if (mark == "empty") await File.WriteAllTextAsync(planted, "");
        else if (mark == "of another backup") File.Copy(lab.PathOf(good, BackupKeys.Verified), planted);
        else await File.WriteAllTextAsync(planted, $$"""{"backupId":"{{bad.Id}}","verifiedAt":"2026-11-20T11:30:00+00:00","how":"planted","sha256":"{{bad.Sha256}}"}""");
        Assert.NotNull((await new BackupCatalog(lab.Context).FindAtAsync("local", good.Key, default)).VerifiedAt);
        Assert.Equal("LastVerifiedBackup", (await Assert.ThrowsAsync<OpsException>(() => new BackupRemover(lab.Context).PlanAsync(good, force: false, default))).ErrorId);
        Assert.Contains("the newest verified one", (await lab.DecideAsync()).Single(d => d.Id == good.Id).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_encrypted_is_refused_where_encryption_is_asked_for()
    {
        using RetentionLab lab = Lab(null);
        BackupRecord plain = await lab.BackUpAsync(lab.Now.AddHours(-1));
        lab.Context = lab.Context with { Environment = lab.Context.Environment with { Backups = lab.Context.Environment.Backups with { Recipients = ["age1qqqqqq"] } } };
        Assert.Equal("BackupNotEncrypted", (await Assert.ThrowsAsync<OpsException>(() => BackupReader.OpenAsync(lab.Context, plain, default))).ErrorId);
        Assert.Equal(BackupFinding.NotTrusted, (await new BackupTester(lab.Context).TestAsync(plain, BackupTestLevel.Checksum, default)).Finding);
        lab.Context = lab.Context with { Environment = lab.Context.Environment with { Backups = lab.Context.Environment.Backups with { EncryptionRequired = false } } };
        await (await BackupReader.OpenAsync(lab.Context, plain, default)).DisposeAsync();
    }

    [Fact]
    public async Task What_nobody_signed_pushes_no_signed_backup_out_and_is_not_the_one_that_stays()
    {
        using RetentionLab lab = Lab(null);
        BackupRecord older = await lab.BackUpAsync(lab.Now.AddHours(-3)), planted = await lab.BackUpAsync(lab.Now.AddHours(-1));
        // Before there is a signed one, nothing goes: they may all be older than the key.
        Sign(lab, Secret);
        Assert.All(await lab.DecideAsync(), d => Assert.Equal(RetentionOutcome.Keep, d.Outcome));
        BackupRecord signed = await lab.BackUpAsync(lab.Now.AddHours(-2));
        RetentionOfStore decided = await new RetentionPlanner(lab.Context).PlanAsync("local", null, false, default);
        Dictionary<string, RetentionDecision> by = decided.Decisions.ToDictionary(d => d.Id);
        Assert.Equal("last 1 of 1, at least 1 of 1", by[signed.Id].Reason);
        Assert.Equal("damaged: it is not signed; last, until trusted ones fill it, at least, until trusted ones fill it", by[planted.Id].Reason);
        Assert.Equal(RetentionOutcome.Remove, by[older.Id].Outcome);
        Assert.Equal([signed.Key], decided.Staying);
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => new BackupRemover(lab.Context).PlanAsync(signed, force: false, default))).ErrorId);
        // Of each day the newest unsigned one waits until so many days have a signed one.
        var rules = new RetentionRules(new RetentionPolicy { Daily = 1 }, lab.Now, e => new BackupProber(lab.Context).LookAsync("local", e, default));
        await rules.DecideAsync((await new GroupLister(lab.Context).FindAsync("local", new BackupSubject(BackupKind.Database, "main", null), default)).Entries, default);
        Assert.Equal(["daily 2026-11-20"], rules.Reasons.Single(r => r.Key == BackupKeys.Base(signed.Key)).Value.Take(1));
    }

    [Fact]
    public async Task A_mark_of_a_failed_test_that_somebody_planted_damages_nothing()
    {
        using RetentionLab lab = Lab(Secret);
        BackupRecord good = await lab.BackUpAsync(lab.Now.AddHours(-1));
        await File.WriteAllBytesAsync(lab.PathOf(good, BackupKeys.Failed), FailedMarks.Write(good, lab.Now, BackupFinding.Altered, "planted", null));
        Assert.Null((await new BackupProber(lab.Context).LookAsync("local", good.Key, default)).Damage);
        await new BackupCatalog(lab.Context).MarkFailedAsync(good, BackupFinding.Altered, "found", default);
        Assert.Contains("Altered", (await new BackupProber(lab.Context).LookAsync("local", good.Key, default)).Damage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_key_is_refused()
    {
        using RetentionLab lab = Lab("too short");
        Assert.Equal("SigningKeyWeak", (await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync(lab.Now))).ErrorId);
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();

    private static RetentionLab Lab(string? key, params string[] stores)
    {
        var lab = new RetentionLab(new RetentionPolicy { Last = 1 }, null, stores);
        Sign(lab, key);
        return lab;
    }

    private static void Sign(RetentionLab lab, string? key, string? previous = null) => lab.Context = lab.Context with
    {
        Environment = lab.Context.Environment with
        {
            Backups = lab.Context.Environment.Backups with { Signing = SecretReference.Literal(key) is { } secret ? new BackupSigning { Key = secret, Previous = SecretReference.Literal(previous) } : null },
        },
    };
}
