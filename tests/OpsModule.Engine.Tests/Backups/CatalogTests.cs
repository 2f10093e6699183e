using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Backups;

[Collection(PostgresCollection.Name)]
public sealed class CatalogTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_copy_is_the_same_backup_in_another_store_and_a_damaged_source_is_not_copied()
    {
        using BackupLab lab = await LabAsync("a", "b");
        BackupRecord source = (await lab.BackUpAsync(new BackupRequest { Stores = ["a"] })).Single();
        var copier = new BackupCopier(lab.Context);
        BackupRecord copy = await copier.CopyAsync(source, "b", default);
        Assert.Equal((source.Id, source.Sha256, "b"), (copy.Id, copy.Sha256, copy.Store));
        Assert.True((await new BackupTester(lab.Context).TestAsync(copy, BackupTestLevel.Structure, default)).Passed);
        Assert.Equal("BackupExists", (await Assert.ThrowsAsync<OpsException>(() => copier.CopyAsync(source, "b", default))).ErrorId);

        BackupRecord second = (await lab.BackUpAsync(new BackupRequest { Stores = ["a"] })).Single();
        byte[] content = await File.ReadAllBytesAsync(second.Location);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(second.Location, content);
        Assert.Equal("BackupAltered", (await Assert.ThrowsAsync<OpsException>(() => copier.CopyAsync(second, "b", default))).ErrorId);
        Assert.Single(await lab.ListAsync(new BackupQuery { Stores = ["b"] }));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "b"), "*" + second.Id + "*", SearchOption.AllDirectories));
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
        await remover.RemoveAsync(all[0], default);
        Assert.Equal("LastBackup", (await Assert.ThrowsAsync<OpsException>(() => remover.CheckAsync(all[1], default))).ErrorId);
        await remover.RemoveAsync(all[1], default);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Folder, "local"), "*", SearchOption.AllDirectories));
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
