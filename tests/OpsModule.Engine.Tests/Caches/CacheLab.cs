using OpsModule.Connections.Vaults;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>An environment of its own with a cache at a port of this machine and folder stores.</summary>
internal sealed class CacheLab : IDisposable
{
    public CacheLab(int port, string? user = null, string? password = null, string name = "main", params string[] stores)
    {
        if (stores.Length == 0) stores = ["local"];
        var cache = new CacheSettings { Name = name, Host = "127.0.0.1", Port = port, User = user, Password = password is null ? null : SecretReference.Literal(password) };
        Context = OpsContextFactory.Create(new OpsEnvironment
        {
            Name = "lab", Directory = Folder.Path, StateDirectory = Folder[".ops"], Caches = new Dictionary<string, CacheSettings> { [name] = cache },
            Backups = new BackupSettings { Stores = stores.ToDictionary(s => s, s => new StoreSettings { Name = s, Path = Folder[s] }) },
        }, Reporter);
    }

    public TempFolder Folder { get; } = new();

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context { get; set; }

    public Task<ChangePlan> PlanBackupAsync() => new CacheBackupPlanner(Context).PlanAsync(new CacheBackupRequest(), e => throw e, default);

    public async Task<BackupRecord> BackUpAsync() =>
        ((BackupOutcome)(await new ChangeRunner(Context).RunAsync(await PlanBackupAsync(), default))!.Value!).Records[0];

    public string PathOf(BackupRecord backup) => Path.Combine(Folder[backup.Store], backup.Key);

    public async Task<byte[]> ReadAsync(BackupRecord backup)
    {
        await using Stream stream = await BackupReader.OpenAsync(Context, backup, default);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    public void Dispose() => Folder.Dispose();
}
