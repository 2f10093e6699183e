using System.Text;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Kits;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Kits that are refused, and kits that are found wanting.</summary>
[Collection(PostgresRestores.Name)]
public sealed class RecoveryKitTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_kit_is_one_encrypted_file_without_any_private_key()
    {
        using KitLab lab = await LabAsync();
        BackupRecord backup = await lab.BackUpAsync();
        RecoveryKitRecord kit = await lab.ExportAsync();
        Assert.Equal((lab.Kit, new FileInfo(lab.Kit).Length), (kit.Path, kit.Bytes));
        Assert.Equal([backup.Id], kit.Backups);
        Assert.Equal(["databases.main.password"], kit.SecretsElsewhere);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(lab.Kit));
        Assert.StartsWith("age-encryption.org", await File.ReadAllTextAsync(lab.Kit));

        await KitLab.ShellAsync(lab["open"], $"age -d -i {ShellText.Quote(lab.Key)} {ShellText.Quote(lab.Kit)} | tar -xf -");
        Assert.Equal(await File.ReadAllTextAsync(lab.File), await File.ReadAllTextAsync(lab["open/ops.yaml"]));
        Assert.Equal(await File.ReadAllBytesAsync(Path.ChangeExtension(backup.Location, null).Replace(".dump.zst", "") + ".json"),
            await File.ReadAllBytesAsync(lab[$"open/manifests/{backup.Id}.json"]));
        string all = string.Concat(Directory.EnumerateFiles(lab["open"], "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotContain("AGE-SECRET-KEY", all);
        Assert.DoesNotContain(PostgresFixture.Password, all);
        Assert.DoesNotContain("SCRAM-SHA-256", all);
        Assert.Contains("env:OPS_TEST_KIT_PASSWORD", all);
        Assert.Contains(backup.Sha256, all);

        string journal = await File.ReadAllTextAsync(Path.Combine(lab.Machine, ".ops", "journal.jsonl"));
        Assert.Contains(RecoveryKitExporter.Action, journal);
        Assert.Contains(kit.Sha256, journal);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Nothing_is_written_in_clear()
    {
        using KitLab lab = await LabAsync(encrypts: false);
        await RefusedAsync(lab, "KitNotEncrypted", new() { Path = lab.Kit });
        await RefusedAsync(lab, "RecipientInvalid", new() { Path = lab.Kit, Recipients = ["age1xyz"] });
        string secret = (await File.ReadAllTextAsync(lab.Key)).Split('\n').Single(l => l.StartsWith("AGE-SECRET-KEY", StringComparison.Ordinal));
        OpsException given = await RefusedAsync(lab, "RecipientInvalid", new() { Path = lab.Kit, Recipients = [secret] });
        Assert.DoesNotContain(secret, given.ToString());
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", lab.Key), null, default)).Trim();
        await File.AppendAllTextAsync(lab.File, "# " + secret + "\n");
        await RefusedAsync(lab, "KitHoldsKey", new() { Path = lab.Kit, Recipients = [recipient] });
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(lab.Kit)!));
    }

    [Fact]
    public async Task Each_of_several_keys_opens_it_and_another_does_not()
    {
        using KitLab lab = await LabAsync();
        await lab.BackUpAsync();
        string[] keys = [lab["vault/one.txt"], lab["vault/two.txt"]];
        string[] recipients = [await KitLab.MakeKeyAsync(keys[0]), await KitLab.MakeKeyAsync(keys[1])];
        await lab.ExportAsync(new() { Path = lab.Kit, Recipients = recipients });
        foreach (string key in keys) Assert.Equal("KitWhole", Assert.Single(await lab.TestAsync(key: key)).Code);
        Assert.Equal("KitLocked", Assert.Single(await lab.TestAsync()).Code);
        Assert.Equal("KitLocked", Assert.Single(await lab.TestAsync(key: lab["vault/nowhere.txt"])).Code);
        await RefusedAsync(lab, "KitExists", new() { Path = lab.Kit });
    }

    [Fact]
    public async Task A_damaged_kit_is_found_at_every_place()
    {
        using KitLab lab = await LabAsync();
        await lab.BackUpAsync();
        await lab.ExportAsync();
        byte[] whole = await File.ReadAllBytesAsync(lab.Kit);
        foreach (int at in new[] { 3, 60, whole.Length / 2, whole.Length - 1 })
        {
            byte[] bent = [.. whole];
            bent[at] ^= 4;
            await File.WriteAllBytesAsync(lab.Kit, bent);
            RecoveryKitFinding found = Assert.Single(await lab.TestAsync());
            Assert.True(found.Code is "KitDamaged" or "KitLocked", $"byte {at}: {found.Code}");
            Assert.Equal(FindingSeverity.Error, found.Severity);
        }
        foreach (int length in new[] { 0, 10, whole.Length / 2, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(lab.Kit, whole[..length]);
            Assert.Equal("KitDamaged", Assert.Single(await lab.TestAsync()).Code);
        }
        // Encrypted to the right key, and no kit.
        string recipient = lab.Context.Environment.Backups.Recipients[0];
        foreach (string content in new[] { "", "no tar at all", new string('x', 5000) })
        {
            await File.WriteAllBytesAsync(lab.Kit, await Age.EncryptAsync(Encoding.UTF8.GetBytes(content), [recipient], default));
            Assert.Equal("KitDamaged", Assert.Single(await lab.TestAsync()).Code);
        }
        Assert.Equal("KitNotFound", (await Assert.ThrowsAsync<OpsException>(() => lab.TestAsync(kit: lab["usb/none.age"]))).ErrorId);
    }

    [Fact]
    public async Task A_kit_that_no_longer_describes_the_service_is_found()
    {
        using KitLab lab = await LabAsync();
        await lab.ExportAsync();
        Assert.Contains(lab.Reporter.Warnings, m => m.Contains("leads to none", StringComparison.Ordinal));
        Assert.Equal("KitWithoutBackups", Assert.Single(await lab.TestAsync()).Code);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExportAsync();
        Assert.Equal("KitWhole", Assert.Single(await lab.TestAsync()).Code);
        Assert.Equal("KitOld", Assert.Single(await lab.TestAsync(mostAge: TimeSpan.Zero)).Code);

        File.Delete(backup.Location);
        Assert.Equal(("KitBackupsGone", FindingSeverity.Warning), Assert.Single((await lab.TestAsync()).Select(f => (f.Code, f.Severity))));
        await File.AppendAllTextAsync(lab.File, "# changed\n");
        Assert.Contains(await lab.TestAsync(), f => f is { Code: "KitOutdated", Severity: FindingSeverity.Error });
        await File.WriteAllTextAsync(lab.File, (await File.ReadAllTextAsync(lab.File)).Replace("environment: shop", "environment: other"));
        lab.Reload();
        Assert.Equal("KitOfAnother", Assert.Single(await lab.TestAsync()).Code);
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_said_in_the_kit()
    {
        using KitLab lab = await LabAsync();
        await lab.BackUpAsync();
        string text = await File.ReadAllTextAsync(lab.File);
        await File.WriteAllTextAsync(lab.File, text.Replace("stores: {", $"stores: {{ gone: {{ path: {lab["nowhere"]} }}, "));
        lab.Reload();
        RecoveryKitRecord kit = await lab.ExportAsync();
        Assert.Equal(["gone"], kit.StoresUnread);
        Assert.Single(kit.Backups);
        Assert.Contains(await lab.TestAsync(), f => f.Code == "KitStoreUnread");
    }

    [Fact]
    public async Task A_database_that_the_kit_leads_to_no_backup_of_is_told()
    {
        using KitLab lab = await LabAsync();
        await lab.BackUpAsync();
        string text = await File.ReadAllTextAsync(lab.File);
        await File.WriteAllTextAsync(lab.File, text.Replace("databases:\n", "databases:\n  side: { host: 127.0.0.1, port: 1, name: side, user: side }\n"));
        lab.Reload();
        await lab.ExportAsync();
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("leads to no backup of side", StringComparison.Ordinal));
        Assert.Equal(("KitLacksDatabase", FindingSeverity.Error), Assert.Single((await lab.TestAsync()).Select(f => (f.Code, f.Severity))));
    }

    [Fact]
    public async Task A_database_of_which_only_tenants_are_backed_up_is_told()
    {
        using KitLab lab = await LabAsync(encrypts: false);
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", lab.Key), null, default)).Trim();
        await StoredBackups.MakeAsync(lab.Context, DateTimeOffset.UtcNow.AddMinutes(-1), tenant: "demo", store: "offsite");
        await lab.ExportAsync(new() { Path = lab.Kit, Replaces = true, Recipients = [recipient] });
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("leads to no backup of the whole of main, only to tenants'", StringComparison.Ordinal));
        Assert.Equal(("KitTenantsOnly", FindingSeverity.Error), Assert.Single((await lab.TestAsync()).Select(f => (f.Code, f.Severity))));
        await StoredBackups.MakeAsync(lab.Context, DateTimeOffset.UtcNow.AddMinutes(-1), store: "offsite");
        await lab.ExportAsync(new() { Path = lab.Kit, Replaces = true, Recipients = [recipient] });
        Assert.DoesNotContain(await lab.TestAsync(), f => f.Severity == FindingSeverity.Error);
    }

    /// <summary>Who can write to a store can write a manifest; without a key that signs nobody tells it from another.</summary>
    [Fact]
    public async Task A_planted_manifest_puts_no_command_on_the_page()
    {
        using KitLab lab = await LabAsync(encrypts: false);
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", lab.Key), null, default)).Trim();
        BackupRecord good = await StoredBackups.MakeAsync(lab.Context, DateTimeOffset.UtcNow.AddMinutes(-9), store: "offsite");
        const string Command = "'; touch planted; echo '", Line = "\n```\n\n```sh\ntouch planted\n```\n| x | `y` |";
        BackupRecord hashed = await StoredBackups.MakeAsync(lab.Context, DateTimeOffset.UtcNow.AddMinutes(-5), store: "offsite");
        await PlantAsync(lab, hashed with { Sha256 = Command });
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(lab.Context).FindAtAsync("offsite", hashed.Key, default));
        Assert.Contains("SHA-256 of the object is none", refused.Message, StringComparison.Ordinal);
        foreach (string wrong in new[] { "", hashed.Sha256.ToUpperInvariant(), hashed.Sha256[..63], hashed.Sha256 + "\n", hashed.Sha256[..63] + "g" })
        {
            await PlantAsync(lab, hashed with { Sha256 = wrong });
            Assert.Equal("BackupNotFound", (await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(lab.Context).FindAtAsync("offsite", hashed.Key, default))).ErrorId);
        }
        await lab.ExportAsync(new() { Path = lab.Kit, Replaces = true, Recipients = [recipient] });
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains($"Backup {hashed.Id} of main in store offsite is not in the kit", StringComparison.Ordinal));
        string page = await PageAsync(lab);
        Assert.Contains(good.Sha256, page, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", page, StringComparison.Ordinal);

        // What else a manifest says comes in words, and never in a block that is run.
        await PlantAsync(lab, hashed with { Name = Line });
        Assert.Equal("BackupNotFound", (await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(lab.Context).FindAtAsync("offsite", hashed.Key, default))).ErrorId);
        await PlantAsync(lab, hashed with { Id = Line });
        Assert.Equal("BackupNotFound", (await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(lab.Context).FindAtAsync("offsite", hashed.Key, default))).ErrorId);
        // It lies where its name says, and its name is a folder's.
        await StoredBackups.MakeAsync(lab.Context, DateTimeOffset.UtcNow.AddMinutes(-5), store: "offsite", name: Line);
        await PlantAsync(lab, hashed with { ServerVersion = Line, ToolVersion = Line, Extensions = [Line] });
        await lab.ExportAsync(new() { Path = lab.Kit, Replaces = true, Recipients = [recipient] });
        page = await PageAsync(lab);
        Assert.Contains("touch planted", page, StringComparison.Ordinal);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("there are control characters in its name", StringComparison.Ordinal));
        Assert.DoesNotContain(page.Split('\n'), l => l.StartsWith("touch", StringComparison.Ordinal));
        Assert.DoesNotContain(page.Split("```sh\n").Skip(1).Select(b => b.Split("```")[0]), b => b.Contains("\ntouch", StringComparison.Ordinal));
    }

    private static Task PlantAsync(KitLab lab, BackupRecord backup) =>
        File.WriteAllBytesAsync(Path.Combine(lab["elsewhere"], BackupKeys.Manifest(backup.Key)), ManifestFile.Write(backup));

    private static async Task<string> PageAsync(KitLab lab)
    {
        string open = lab["open" + Guid.NewGuid().ToString("N")];
        await KitLab.ShellAsync(open, $"age -d -i {ShellText.Quote(lab.Key)} {ShellText.Quote(lab.Kit)} | tar -xf -");
        return await File.ReadAllTextAsync(Path.Combine(open, "README.md"));
    }

    [Fact]
    public async Task The_newest_that_can_be_restored_is_in_the_kit_and_a_store_that_does_not_answer_is_not_taken_for_whole()
    {
        using KitLab lab = await LabAsync();
        BackupRecord good = await lab.BackUpAsync();
        // One that nobody encrypted, one that is gone but for its manifest, and one that is still to come.
        await StoredBackups.MakeAsync(lab.Context, good.StartedAt.AddMinutes(1), store: "offsite");
        File.Delete((await StoredBackups.MakeAsync(lab.Context, good.StartedAt.AddMinutes(2), store: "offsite")).Location);
        await StoredBackups.MakeAsync(lab.Context, good.StartedAt.AddDays(300), store: "offsite");
        RecoveryKitRecord kit = await lab.ExportAsync();
        Assert.Equal([good.Id], kit.Backups);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("is not in the kit: its time lies in the future", StringComparison.Ordinal));
        Assert.Equal("KitWhole", Assert.Single(await lab.TestAsync()).Code);

        OpsContext silent = lab.Context with { OpenStore = name => new WatchedStore(lab.Context.OpenStore(name), []) { IsSilent = true } };
        Assert.Equal(("KitStoreUnread", FindingSeverity.Warning), Assert.Single((await lab.TestAsync(context: silent)).Select(f => (f.Code, f.Severity))));
    }

    [Fact]
    public async Task The_page_takes_foreign_text_as_words_of_the_shell()
    {
        Assert.Equal("'a'\\''b$(id)`id`\"'", ShellText.Quote("a'b$(id)`id`\""));
        Assert.Equal("_-etc-passwd-", ShellText.FileName("/etc/passwd\n"));
        string said = await KitLab.ShellAsync(Path.GetTempPath(), $"printf %s {ShellText.Quote("it's $(echo no) `echo no` \\ \" ; echo no")}");
        Assert.Equal("it's $(echo no) `echo no` \\ \" ; echo no", said);
        Assert.DoesNotContain('\n', ShellText.Inline("a\n```sh\nrm -rf /\n```"));
        Assert.DoesNotContain('`', ShellText.Inline("a\n```sh\nrm -rf /\n```"));
    }

    private static async Task<OpsException> RefusedAsync(KitLab lab, string code, RecoveryKitRequest request)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.ExportAsync(request));
        Assert.Equal(code, error.ErrorId);
        return error;
    }

    private async Task<KitLab> LabAsync(bool encrypts = true)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT generate_series(1, 10) i");
        return await KitLab.CreateAsync(database, encrypts);
    }
}
