using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Retention;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>A database, a cache and a configuration that are all called main are three things, whatever is done to the backups of one.</summary>
public sealed class StoredKindTests : IDisposable
{
    private readonly RetentionLab _lab = new(new RetentionPolicy { Last = 1 }, null, "local", "other");

    public void Dispose() => _lab.Dispose();

    private Task<BackupRecord> MakeAsync(BackupKind kind, int daysAgo, bool verified = false) =>
        StoredBackups.MakeAsync(_lab.Context, _lab.Now.AddDays(-daysAgo), verified: verified, kind: kind);

    private async Task<string[]> IdsAsync(BackupQuery query)
    {
        var ids = new List<string>();
        await foreach (BackupRecord backup in new BackupCatalog(_lab.Context).ListAsync(query, default)) ids.Add(backup.Id);
        return [.. ids];
    }

    private void Keep(params BackupKind[] kinds)
    {
        OpsEnvironment environment = _lab.Context.Environment;
        _lab.Context = _lab.Context with
        {
            Environment = environment with
            {
                Backups = environment.Backups with { Retention = kinds.ToDictionary(k => k.Word(), _ => new RetentionPolicy { Last = 1 }) },
            },
        };
    }

    [Theory]
    [InlineData(BackupKind.Database, "lab/database/main/full/20261120T120000Z-000001.dump.zst.age")]
    [InlineData(BackupKind.Cache, "lab/cache/main/full/20261120T120000Z-000001.rdb.zst.age")]
    [InlineData(BackupKind.Configuration, "lab/configuration/main/full/20261120T120000Z-000001.tar.zst.age")]
    public void AKeySaysWhatItIsOf(BackupKind kind, string expected)
    {
        string key = BackupKeys.Object("lab", "main", null, "20261120T120000Z-000001", Compression.Zstd, encrypted: true, kind);
        Assert.Equal(expected, key);
        Assert.Equal(new BackupSubject(kind, "main", null), BackupKeys.Parse(key));
        Assert.True(BackupKeys.IsObject(key));
        foreach (BackupKind other in BackupKinds.All.Where(k => k != kind))
        {
            Assert.Throws<FormatException>(() => { BackupKeys.IdOf(key, "lab", other); });
            Assert.False(BackupKeys.IsObject(expected.Replace(kind.Suffix(), other.Suffix(), StringComparison.Ordinal)));
        }
        Assert.Equal("20261120T120000Z-000001", BackupKeys.IdOf(key, "lab", kind));
    }

    [Fact]
    public async Task AListIsOfTheKindThatIsAskedForAndOfDatabasesUnlessTold()
    {
        BackupRecord database = await MakeAsync(BackupKind.Database, 1), cache = await MakeAsync(BackupKind.Cache, 2), files = await MakeAsync(BackupKind.Configuration, 3);
        Assert.Equal([database.Id], await IdsAsync(new BackupQuery()));
        Assert.Equal([cache.Id], await IdsAsync(new BackupQuery { Kinds = [BackupKind.Cache], Name = "main" }));
        Assert.Equal([database.Id, cache.Id, files.Id], await IdsAsync(new BackupQuery { Kinds = null, Name = "main", Latest = true }));
        Assert.Equal(BackupKind.Cache, (await new BackupCatalog(_lab.Context).FindAsync(cache.Id, null, default)).Kind);
        Assert.Equal("cache main", (await new GroupLister(_lab.Context).FindAsync("local", new BackupSubject(BackupKind.Cache, "main", null), default)).Words);
    }

    [Fact]
    public async Task AManifestThatClaimsAnotherKindIsNoBackup()
    {
        BackupRecord cache = await MakeAsync(BackupKind.Cache, 1);
        string file = _lab.PathOf(cache, BackupKeys.Manifest);
        File.Delete(file);
        File.WriteAllBytes(file, ManifestFile.Write(cache with { Kind = BackupKind.Database }));
        Assert.Empty(await IdsAsync(new BackupQuery { Kinds = null }));
        Assert.Contains(_lab.Reporter.Warnings, w => w.Contains("it says that it is of a database", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RetentionCountsEachKindForItself()
    {
        BackupRecord database = await MakeAsync(BackupKind.Database, 9), old = await MakeAsync(BackupKind.Cache, 3), cache = await MakeAsync(BackupKind.Cache, 2);
        BackupRecord files = await MakeAsync(BackupKind.Configuration, 1);
        Keep(BackupKind.Database, BackupKind.Cache);
        IReadOnlyList<RetentionDecision> made = (await new RetentionService(_lab.Context).ApplyAsync("local", new BackupQuery { Kinds = null }, true, _ => Task.FromResult(true), default))!;
        Assert.Equal([(BackupKind.Cache, old.Id)], made.Where(d => d.Outcome == RetentionOutcome.Removed).Select(d => (d.Kind, d.Id)));
        Assert.Equal([database.Id, cache.Id, files.Id], (await IdsAsync(new BackupQuery { Kinds = null })).OrderBy(i => i, StringComparer.Ordinal));
        // What no rule speaks of stays, and is told.
        Assert.DoesNotContain(made, d => d.Kind == BackupKind.Configuration);
        Assert.Contains(_lab.Reporter.Warnings, w => w.Contains("how long backups of configurations are kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OfAKindThatIsNamedARuleMustSpeak()
    {
        await MakeAsync(BackupKind.Cache, 1);
        OpsException missing = await Assert.ThrowsAsync<OpsException>(() =>
            new RetentionPlanner(_lab.Context).PlanAsync("local", new BackupQuery { Kinds = [BackupKind.Cache] }, true, default));
        Assert.Equal("RetentionMissing", missing.ErrorId);
        Assert.Contains("backups.retention.cache", missing.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheBackupOfACacheIsNotThereBecauseADatabaseHasOne()
    {
        await MakeAsync(BackupKind.Database, 1, verified: true);
        BackupRecord cache = await MakeAsync(BackupKind.Cache, 2);
        OpsException last = await Assert.ThrowsAsync<OpsException>(() => new BackupRemover(_lab.Context).PlanAsync(cache, force: false, default));
        Assert.Equal("LastBackup", last.ErrorId);
        Assert.Contains("of cache main", last.Message, StringComparison.Ordinal);
        // With another one of the cache it may go.
        await MakeAsync(BackupKind.Cache, 1);
        await new ChangeRunner(_lab.Context).RunAsync(await new BackupRemover(_lab.Context).PlanAsync(cache, force: false, default), default);
        Assert.DoesNotContain(cache.Id, await IdsAsync(new BackupQuery { Kinds = null }));
    }

    [Fact]
    public async Task ACopyOfAnyKindLiesWhereItsKindLies()
    {
        BackupRecord cache = await MakeAsync(BackupKind.Cache, 1);
        await new ChangeRunner(_lab.Context).RunAsync(await new BackupCopier(_lab.Context).PlanAsync(cache, "other", default), default);
        Assert.Equal([cache.Id], await IdsAsync(new BackupQuery { Kinds = [BackupKind.Cache], Stores = ["other"] }));
        Assert.Empty(await IdsAsync(new BackupQuery { Stores = ["other"] }));
    }

    [Fact]
    public async Task AStrayOfACacheIsFoundAndRemoved()
    {
        string key = BackupKeys.Object("lab", "main", null, "20261120T110000Z-000001", Compression.None, encrypted: false, BackupKind.Cache);
        await using (StoreUpload upload = await _lab.Context.OpenStore("local").CreateAsync(key, default)) await upload.CommitAsync(default);
        var inspector = new StoreInspector(_lab.Context);
        var strays = new List<StrayObject>();
        await foreach (StrayObject stray in inspector.FindStraysAsync(new BackupQuery { Kinds = null }, default)) strays.Add(stray);
        await new ChangeRunner(_lab.Context).RunAsync(inspector.Plan(Assert.Single(strays), force: true), default);
        Assert.False(File.Exists(Path.Combine(_lab.Folder.Path, "local", key)));
        Assert.Equal("cache/main", StoreInspector.TargetOf(key));
    }

    [Fact]
    public async Task ADatabaseIsNeverRestoredFromTheBackupOfACache()
    {
        BackupRecord cache = await MakeAsync(BackupKind.Cache, 1);
        var request = new RestoreRequest { Backup = cache, Name = "main" };
        Assert.Equal("BackupOfAnotherKind", (await Assert.ThrowsAsync<OpsException>(() => new RestorePlanner(_lab.Context).PlanAsync([request], false, default))).ErrorId);
        // Nor by a plan that somebody has written.
        RestoreArguments what = RestoreArguments.Of([request]);
        var plan = new ChangePlan
        {
            Environment = "lab", Kind = RestoreDatabase.KindName, Action = "Restore-OpsDatabase", Target = "database/main", Subject = "", Summary = "",
            Arguments = what.Write(), Steps = [], PlannedAt = _lab.Now,
        };
        Assert.Throws<FormatException>(() => { RestoreArguments.Read(plan); });
    }
}
