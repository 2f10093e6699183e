using Npgsql;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>Whatever happens to the stored bytes, Test-OpsBackup's engine says so.</summary>
[Collection(PostgresCollection.Name)]
public sealed class DamagedBackupTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Random_changes_truncations_and_deletions_are_all_detected()
    {
        using BackupLab lab = await LabAsync(5);
        string store = Path.Combine(lab.Folder, "local");
        Dictionary<string, byte[]> originals = Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllBytes);
        string[] files = [.. originals.Keys.Order(StringComparer.Ordinal)];
        Random random = Proof.Random();
        Assert.Empty(await FindingsAsync(lab, BackupTestLevel.Checksum));
        for (int round = 0; round < Proof.Cases(5000, 200); round++)
        {
            // Marks of the check above are no part of a backup: back to the very files that were stored.
            Restore(store, originals);
            string file = files[random.Next(files.Length)];
            string what = Damage(file, originals[file], random);
            IReadOnlyList<BackupTestResult> findings = await FindingsAsync(lab, BackupTestLevel.Checksum);
            Assert.True(findings.Count > 0, $"{what} of {Path.GetFileName(file)} was not detected (round {round}, {Proof.Again})");
        }
    }

    [Fact]
    public async Task Each_kind_of_damage_has_its_own_finding()
    {
        using BackupLab lab = await LabAsync(1);
        BackupRecord backup = (await lab.ListAsync()).Single();
        string manifest = Path.Combine(lab.Folder, "local", BackupKeys.Manifest(backup.Key));
        byte[] content = await File.ReadAllBytesAsync(backup.Location), manifestContent = await File.ReadAllBytesAsync(manifest);

        async Task<BackupFinding> AfterAsync(Action damage)
        {
            await File.WriteAllBytesAsync(backup.Location, content);
            await File.WriteAllBytesAsync(manifest, manifestContent);
            damage();
            return (await FindingsAsync(lab, BackupTestLevel.Structure)).First().Finding;
        }

        Assert.Equal(BackupFinding.Missing, await AfterAsync(() => File.Delete(backup.Location)));
        Assert.Equal(BackupFinding.Empty, await AfterAsync(() => File.WriteAllBytes(backup.Location, [])));
        Assert.Equal(BackupFinding.Truncated, await AfterAsync(() => File.WriteAllBytes(backup.Location, content[..^1])));
        Assert.Equal(BackupFinding.Truncated, await AfterAsync(() => File.WriteAllBytes(backup.Location, [.. content, 0])));
        Assert.Equal(BackupFinding.Altered, await AfterAsync(() => File.WriteAllBytes(backup.Location, Flip(content, content.Length / 2))));
        Assert.Equal(BackupFinding.ManifestAltered, await AfterAsync(() => File.WriteAllBytes(manifest, Flip(manifestContent, 40))));
        Assert.Equal(BackupFinding.NoManifest, await AfterAsync(() => File.Delete(manifest)));
    }

    [Fact]
    public async Task An_archive_that_is_none_but_has_the_right_checksum_is_unreadable()
    {
        using BackupLab lab = await LabAsync(1, Compression.None);
        BackupRecord backup = (await lab.ListAsync()).Single();
        byte[] content = await File.ReadAllBytesAsync(backup.Location);
        content[0] = (byte)'X';
        BackupRecord forged = await ForgeAsync(lab, backup, content);
        BackupTestResult result = await new BackupTester(lab.Context).TestAsync(forged, BackupTestLevel.Structure, default);
        Assert.Equal(BackupFinding.Unreadable, result.Finding);
        Assert.True((await new BackupTester(lab.Context).TestAsync(forged, BackupTestLevel.Checksum, default)).Passed);
    }

    [Theory]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.None)]
    public async Task Bytes_after_the_end_are_found_by_every_level(Compression compression)
    {
        using BackupLab lab = await LabAsync(1, compression);
        BackupRecord backup = (await lab.ListAsync()).Single();
        await File.AppendAllTextAsync(backup.Location, "more");
        foreach (BackupTestLevel level in Enum.GetValues<BackupTestLevel>())
            Assert.False((await new BackupTester(lab.Context).TestAsync(backup, level, default)).Passed);
    }

    [Fact]
    public async Task A_changed_row_under_a_right_checksum_is_named_by_its_table()
    {
        using BackupLab lab = await LabAsync(1, Compression.None);
        BackupRecord backup = (await lab.ListAsync()).Single();
        byte[] content = await File.ReadAllBytesAsync(backup.Location);
        int place = content.AsSpan().IndexOf("row number 7\n"u8);
        content[place] = (byte)'R';
        BackupRecord forged = await ForgeAsync(lab, backup, content);
        BackupTestResult result = await new BackupTester(lab.Context).TestAsync(forged, BackupTestLevel.Structure, default);
        Assert.Equal(BackupFinding.ContentDiffers, result.Finding);
        Assert.Contains("public.t", result.Message);
    }

    /// <summary>Replaces an object and makes its manifest agree, as somebody with access to the store could.</summary>
    private static async Task<BackupRecord> ForgeAsync(BackupLab lab, BackupRecord backup, byte[] content)
    {
        await File.WriteAllBytesAsync(backup.Location, content);
        BackupRecord forged = backup with { Sha256 = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content)).ToLowerInvariant() };
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Manifest(backup.Key)));
        await lab.Catalog.WriteManifestAsync(TestScope.Instance, forged, "local", default);
        return forged;
    }

    private static string Damage(string file, byte[] content, Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                File.Delete(file);
                return "deletion";
            case 1 or 2:
                File.WriteAllBytes(file, content[..random.Next(content.Length)]);
                return "truncation";
            default:
                int place = random.Next(content.Length);
                File.WriteAllBytes(file, Flip(content, place, (byte)random.Next(1, 256)));
                return $"change of byte {place}";
        }
    }

    private static byte[] Flip(byte[] content, int place, byte mask = 1)
    {
        byte[] changed = [.. content];
        changed[place] ^= mask;
        return changed;
    }

    private static void Restore(string store, Dictionary<string, byte[]> originals)
    {
        foreach (string file in Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories))
            if (!originals.ContainsKey(file)) File.Delete(file);
        foreach ((string file, byte[] content) in originals) File.WriteAllBytes(file, content);
    }

    private static async Task<IReadOnlyList<BackupTestResult>> FindingsAsync(BackupLab lab, BackupTestLevel level)
    {
        var findings = new List<BackupTestResult>();
        var tester = new BackupTester(lab.Context);
        foreach (BackupRecord backup in await lab.ListAsync(new BackupQuery { Quiet = true }))
            if (await tester.TestAsync(backup, level, default) is { Passed: false } failed) findings.Add(failed);
        await foreach (StrayObject stray in new StoreInspector(lab.Context).FindStraysAsync(new BackupQuery(), default))
            findings.Add(new BackupTestResult(null, level, false, stray.Finding, stray.Problem, stray.Store, stray.Location, default));
        return findings;
    }

    private async Task<BackupLab> LabAsync(int backups, Compression compression = Compression.Auto)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT i, 'row number ' || i AS v FROM generate_series(1, 50) i");
        var lab = new BackupLab(database);
        for (int i = 0; i < backups; i++) await lab.BackUpAsync(new BackupRequest { Compression = compression });
        return lab;
    }
}
