using System.Security.Cryptography;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>Two stores in folders, and backups of a few bytes that no database was asked for.</summary>
internal sealed class StoreLab : KilledLab
{
    private readonly StoreChange _change;
    private readonly TempFolder _folder = new();
    private readonly List<BackupRecord> _backups = [];

    public StoreLab(StoreChange change)
    {
        _change = change;
        _folder.Write("ops.yaml", "environment: lab\ndatabases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }\nbackups: { stores: { a: { path: a }, b: { path: b } }, retention: { database: { last: 1 } } }\n");
    }

    public override string Folder => _folder.Path;

    public override async Task PrepareAsync()
    {
        foreach (string store in new[] { "a", "b" })
        {
            if (Directory.Exists(_folder[store])) Directory.Delete(_folder[store], recursive: true);
            Directory.CreateDirectory(_folder[store]);
        }
        _backups.Clear();
        foreach (string id in new[] { "20260101T000000Z-00000a", "20260102T000000Z-00000b" }) _backups.Add(await StoreAsync(id));
        if (_change == StoreChange.RemoveStray) File.Delete(Path.Combine(_folder["a"], BackupKeys.Manifest(_backups[0].Key)));
    }

    public override async Task<ChangePlan> PlanAsync()
    {
        var copier = new BackupCopier(Context);
        return _change switch
        {
            StoreChange.Copy => await copier.PlanAsync(_backups[0], "b", default),
            StoreChange.CopyTwo => SeveralChanges.Of([await copier.PlanAsync(_backups[0], "b", default), await copier.PlanAsync(_backups[1], "b", default)]),
            StoreChange.Retain => (await RetainBackups.PlanAsync(Context, await new RetentionPlanner(Context).PlanAsync("a", null, trustClock: false, default), default))!,
            StoreChange.Pin => await new BackupMarker(Context).PinAsync(_backups[0], null, "a test", default),
            StoreChange.Remove => await new BackupRemover(Context).PlanAsync(_backups[0], force: false, default),
            _ => new StoreInspector(Context).Plan(await FindStrayAsync(), force: true),
        };
    }

    public override Task<string> LookAsync() => Task.FromResult(string.Join('\n', new[] { "a", "b" }.SelectMany(s => Directory.GetFiles(_folder[s], "*", SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(_folder.Path, f)).Order(StringComparer.Ordinal)));

    private async Task<StrayObject> FindStrayAsync()
    {
        await foreach (StrayObject stray in new StoreInspector(Context).FindStraysAsync(new BackupQuery { Stores = ["a"] }, default)) return stray;
        throw new InvalidOperationException("There is no stray.");
    }

    private async Task<BackupRecord> StoreAsync(string id)
    {
        byte[] bytes = [1, 2, 3];
        var backup = new BackupRecord
        {
            Id = id, Environment = "lab", Name = "main", Key = BackupKeys.Object("lab", "main", null, id, Compression.None, encrypted: false),
            StartedAt = BackupKeys.TimeOf(id)!.Value, Compression = Compression.None, StoredBytes = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
        };
        await using (StoreUpload upload = await Context.OpenStore("a").CreateAsync(backup.Key, default))
        {
            await upload.Stream.WriteAsync(bytes);
            await upload.CommitAsync(default);
        }
        await new BackupCatalog(Context).WriteManifestAsync(TestScope.Instance, backup, "a", default);
        return backup with { Store = "a" };
    }
}
