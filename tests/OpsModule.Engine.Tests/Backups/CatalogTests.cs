using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

[Collection(PostgresCollection.Name)]
public sealed class CatalogTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_copy_is_the_same_backup_in_another_store_and_a_damaged_source_is_not_copied()
    {
        using BackupLab lab = await LabAsync("a", "b");
        BackupRecord source = (await lab.BackUpAsync(new BackupRequest { Stores = ["a"] })).Single();
        BackupRecord copy = await CopyAsync(lab, source);
        Assert.Equal((source.Id, source.Sha256, "b"), (copy.Id, copy.Sha256, copy.Store));
        Assert.True((await new BackupTester(lab.Context).TestAsync(copy, BackupTestLevel.Structure, default)).Passed);
        Assert.Equal("BackupExists", (await Assert.ThrowsAsync<OpsException>(() => CopyAsync(lab, source))).ErrorId);

        BackupRecord second = (await lab.BackUpAsync(new BackupRequest { Stores = ["a"] })).Single();
        byte[] content = await File.ReadAllBytesAsync(second.Location);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(second.Location, content);
        Assert.Equal("BackupAltered", (await Assert.ThrowsAsync<OpsException>(() => CopyAsync(lab, second))).ErrorId);
        Assert.Single(await lab.ListAsync(new BackupQuery { Stores = ["b"] }));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "b"), "*" + second.Id + "*", SearchOption.AllDirectories));
    }

    private static async Task<BackupRecord> CopyAsync(BackupLab lab, BackupRecord backup) =>
        (BackupRecord)(await new ChangeRunner(lab.Context).RunAsync(await new BackupCopier(lab.Context).PlanAsync(backup, "b", default), default))!.Value!;

    private static async Task RemoveAsync(BackupLab lab, BackupRemover remover, BackupRecord backup, bool force = false) =>
        await new ChangeRunner(lab.Context).RunAsync(await remover.PlanAsync(backup, force, default), default);

    /// <summary>Between the plan and the removal the one that was to stay has gone: then this one is the last.</summary>
    [Fact]
    public async Task A_planned_removal_is_not_made_when_what_was_to_stay_is_gone()
    {
        using BackupLab lab = await LabAsync();
        await lab.BackUpAsync();
        await lab.BackUpAsync();
        List<BackupRecord> all = await lab.ListAsync();
        ChangePlan plan = await new BackupRemover(lab.Context).PlanAsync(all[1], force: false, default);
        File.Delete(all[0].Location);
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Manifest(all[0].Key)));
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.True(File.Exists(all[1].Location));
    }

    [Fact]
    public async Task A_copy_is_taken_back_and_its_source_stays()
    {
        using BackupLab lab = await LabAsync("a", "b");
        BackupRecord source = (await lab.BackUpAsync(new BackupRequest { Stores = ["a"] })).Single();
        await CopyAsync(lab, source);
        JournalEntry copied = new Journal(lab.Context.Environment, TimeProvider.System).Find(new JournalQuery { Actions = ["Copy-OpsBackup"] }, out _).Single();
        await new ChangeRunner(lab.Context).UndoAsync(copied, default);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "b"), "*", SearchOption.AllDirectories));
        Assert.Equal("a", Assert.Single(await lab.ListAsync()).Store);
    }

    /// <summary>The source may have been removed because the copy stays.</summary>
    [Fact]
    public async Task A_copy_that_has_become_the_last_backup_is_not_taken_back()
    {
        using BackupLab lab = await LabAsync("a", "b");
        BackupRecord source = (await lab.BackUpAsync(new BackupRequest { Stores = ["a"] })).Single();
        await CopyAsync(lab, source);
        await RemoveAsync(lab, new BackupRemover(lab.Context), source);
        JournalEntry copied = new Journal(lab.Context.Environment, TimeProvider.System).Find(new JournalQuery { Actions = ["Copy-OpsBackup"] }, out _).Single();
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).UndoAsync(copied, default))).ErrorId);
        Assert.Equal("b", Assert.Single(await lab.ListAsync()).Store);
    }

    /// <summary>A plan may come from a file that somebody else wrote.</summary>
    [Fact]
    public async Task A_plan_removes_only_what_the_store_itself_lists_and_only_of_its_own_environment()
    {
        using BackupLab lab = await LabAsync();
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        string other = Path.Combine(lab.Folder, "precious");
        File.WriteAllText(other, "x");
        var stray = new StrayObject("local", made.Key, "somewhere", BackupFinding.Leftover, default, -1, "") { Leftover = new(made.Key, other, default) };
        ChangePlan plan = new StoreInspector(lab.Context).Plan(stray, force: true);
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Manifest(made.Key)));
        await new ChangeRunner(lab.Context).RunAsync(plan, default);
        Assert.True(File.Exists(other));
        Assert.True(File.Exists(made.Location));

        string foreign = made.Key.Replace(lab.Context.Environment.Name + "/", "other/", StringComparison.Ordinal);
        ChangePlan shared = new StoreInspector(lab.Context).Plan(stray with { Key = foreign, Leftover = null }, force: true);
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(shared, default))).ErrorId);
    }

    [Fact]
    public async Task The_last_verified_backup_stays_unless_forced()
    {
        using BackupLab lab = await LabAsync();
        await lab.BackUpAsync();
        await lab.BackUpAsync();
        var remover = new BackupRemover(lab.Context);
        List<BackupRecord> all = await lab.ListAsync();
        await new BackupTester(lab.Context).TestAsync(all[1], BackupTestLevel.Checksum, default);
        all = await lab.ListAsync();
        Assert.Equal("LastVerifiedBackup", (await Assert.ThrowsAsync<OpsException>(() => remover.CheckAsync(all[1], default))).ErrorId);
        await remover.CheckAsync(all[0], default);
        await RemoveAsync(lab, remover, all[0]);
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => remover.CheckAsync(all[1], default))).ErrorId);
        await RemoveAsync(lab, remover, all[1], force: true);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "local"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_backup_that_fails_a_test_is_no_longer_verified_and_one_without_its_object_does_not_count()
    {
        using BackupLab lab = await LabAsync();
        await lab.BackUpAsync();
        await lab.BackUpAsync();
        foreach (BackupRecord backup in await lab.ListAsync()) await new BackupTester(lab.Context).TestAsync(backup, BackupTestLevel.Checksum, default);
        List<BackupRecord> all = await lab.ListAsync();
        var remover = new BackupRemover(lab.Context);
        await remover.CheckAsync(all[1], default);

        byte[] content = await File.ReadAllBytesAsync(all[0].Location);
        await File.WriteAllBytesAsync(all[0].Location, [.. content, 0]);
        Assert.False((await new BackupTester(lab.Context).TestAsync(all[0], BackupTestLevel.Checksum, default)).Passed);
        Assert.Null((await lab.ListAsync())[0].VerifiedAt);
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => remover.CheckAsync(all[1], default))).ErrorId);
        await File.WriteAllBytesAsync(all[0].Location, content);
        // It is whole again, and found wanting until a test passes.
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => remover.CheckAsync(all[1], default))).ErrorId);
        Assert.True((await new BackupTester(lab.Context).TestAsync(all[0], BackupTestLevel.Checksum, default)).Passed);
        await remover.CheckAsync(all[1], default);
        File.Delete(all[0].Location);
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => remover.CheckAsync(all[1], default))).ErrorId);
    }

    [Fact]
    public async Task What_another_host_may_still_be_writing_is_not_cleared_away_unless_forced()
    {
        using BackupLab lab = await LabAsync();
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Manifest(made.Key)));
        var inspector = new StoreInspector(lab.Context);
        StrayObject stray = await FirstStrayAsync(inspector);
        Assert.Equal("StrayIsYoung", Assert.Throws<OpsException>(() => inspector.Plan(stray, force: false)).ErrorId);
        using (lab.Context.Locks.AcquireForReading("database/main", "Backup-OpsDatabase"))
            Assert.Equal("TargetLocked", Assert.Throws<OpsException>(() => inspector.Plan(stray, force: true)).ErrorId);
        File.SetLastWriteTimeUtc(made.Location, DateTime.UtcNow.AddDays(-2));
        stray = await FirstStrayAsync(inspector);
        await new ChangeRunner(lab.Context).RunAsync(inspector.Plan(stray, force: false), default);
        string journal = File.ReadAllText(Path.Combine(lab.Folder, ".ops", "journal.jsonl"));
        Assert.Equal(4, journal.Split('\n').Count(l => l.Contains("Remove-OpsBackup") && l.Contains($"backup/{made.Id}/store/local")));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "local"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_manifest_without_an_end_is_left_out_and_not_kept_in_memory()
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync());
        BackupRecord made = (await lab.BackUpAsync()).Single();
        string real = Path.Combine(lab.Folder, "local", BackupKeys.Manifest(made.Key));
        string id = BackupKeys.IdOf(made.Key), other = id[..^1] + (id[^1] == '0' ? '1' : '0');
        string forged = real.Replace(id, other, StringComparison.Ordinal);
        await using (FileStream large = File.Create(forged)) large.SetLength(17L * 1024 * 1024);
        Assert.Equal(made.Id, Assert.Single(await lab.ListAsync()).Id);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("larger than any manifest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_journaled_is_not_removed_and_locks_nothing()
    {
        using BackupLab lab = await LabAsync();
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Manifest(made.Key)));
        File.SetLastWriteTimeUtc(made.Location, DateTime.UtcNow.AddDays(-2));
        var inspector = new StoreInspector(lab.Context);
        StrayObject stray = await FirstStrayAsync(inspector);
        OpsContext good = lab.Context;
        var broken = new StoreInspector(good with { Journal = new BrokenJournal() });
        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(good with { Journal = new BrokenJournal() }).RunAsync(inspector.Plan(stray, force: false), default));
        Assert.True(File.Exists(made.Location));
        Assert.Throws<OpsException>(() => broken.Plan(stray, force: false));
        // Neither of its two locks is left behind.
        await new ChangeRunner(lab.Context).RunAsync(inspector.Plan(stray, force: false), default);
        Assert.False(File.Exists(made.Location));
    }

    private sealed class BrokenJournal : IJournal
    {
        public Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null) => throw Full;

        public Task<IJournaledChange> ContinueAsync(UnfinishedChange change) => throw Full;

        public IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null) => throw Full;

    public JournalEntry? Find(string id) => throw Full;

    public IReadOnlyList<JournalEntry> FindParts(string parent) => throw Full;

    public JournalEntry? FindUndo(string id) => throw Full;

        private static OpsException Full => new("JournalUnwritable", OpsErrorCategory.WriteError, "The disk is full.", "Make room.");
    }

    [Fact]
    public async Task A_manifest_is_not_written_for_an_object_that_went_away()
    {
        using BackupLab lab = await LabAsync();
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Manifest(made.Key)));
        File.Delete(made.Location);
        Assert.Equal("ObjectMissing", (await Assert.ThrowsAsync<OpsException>(() => lab.Catalog.WriteManifestAsync(TestScope.Instance, made, "local", default))).ErrorId);
    }

    private static async Task<StrayObject> FirstStrayAsync(StoreInspector inspector)
    {
        await foreach (StrayObject stray in inspector.FindStraysAsync(new BackupQuery(), default)) return stray;
        throw new InvalidOperationException("there is no stray");
    }

    [Fact]
    public async Task Times_ids_and_names_select()
    {
        using BackupLab lab = await LabAsync();
        BackupRecord first = (await lab.BackUpAsync()).Single();
        BackupRecord second = (await lab.BackUpAsync()).Single();
        Assert.Equal(second.Id, (await lab.ListAsync(new BackupQuery { Id = second.Id })).Single().Id);
        Assert.Equal(2, (await lab.ListAsync(new BackupQuery { After = first.StartedAt.AddMinutes(-1) })).Count);
        Assert.Empty(await lab.ListAsync(new BackupQuery { Before = first.StartedAt.AddMinutes(-1) }));
        Assert.Empty(await lab.ListAsync(new BackupQuery { Name = "other" }));
        Assert.Equal("BackupNotFound", (await Assert.ThrowsAsync<OpsException>(() => lab.Catalog.FindAsync("nope", null, default))).ErrorId);
    }

    private async Task<BackupLab> LabAsync(params string[] stores)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i");
        return new BackupLab(database, stores);
    }
}
