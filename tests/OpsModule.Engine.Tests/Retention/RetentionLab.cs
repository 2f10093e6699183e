using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>An environment with folder stores, a clock of its own, and backups that were begun when the test likes: their objects are a few bytes, their manifests are real.</summary>
internal sealed class RetentionLab : IDisposable
{
    private readonly Clock _time;

    public RetentionLab(RetentionPolicy policy, DateTimeOffset? now = null, params string[] stores)
    {
        // Not after the real time: the files have that.
        _time = new Clock(now ?? new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));
        if (stores.Length == 0) stores = ["local"];
        Context = OpsContextFactory.Create(new OpsEnvironment
        {
            Name = "lab", Directory = Folder.Path, StateDirectory = Path.Combine(Folder.Path, ".ops"),
            Backups = new BackupSettings
            {
                Stores = stores.ToDictionary(s => s, s => new StoreSettings { Name = s, Path = Path.Combine(Folder.Path, s) }),
                Retention = new Dictionary<string, RetentionPolicy> { ["database"] = policy },
            },
        }, Reporter) with { Time = _time };
    }

    public TempFolder Folder { get; } = new();

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context { get; set; }

    public DateTimeOffset Now => _time.GetUtcNow();

    public void Pass(TimeSpan time) => _time.Now += time;

    /// <summary>A backup that began then; its manifest is as the module writes it.</summary>
    public Task<BackupRecord> BackUpAsync(DateTimeOffset at, string? tenant = null, bool verified = false, string store = "local") =>
        StoredBackups.MakeAsync(Context, at, tenant, verified, store);

    public async Task<IReadOnlyList<RetentionDecision>> DecideAsync(string store = "local") => (await new RetentionPlanner(Context).PlanAsync(store, null, trustClock: false, default)).Decisions;

    public async Task<IReadOnlyList<RetentionDecision>> ApplyAsync(string store = "local", bool trustClock = false) =>
        (await new RetentionService(Context).ApplyAsync(store, null, trustClock, _ => Task.FromResult(true), default))!;

    public async Task<IReadOnlyList<string>> IdsAsync(string store = "local")
    {
        var ids = new List<string>();
        await foreach (BackupRecord backup in new BackupCatalog(Context).ListAsync(new BackupQuery { Stores = [store] }, default)) ids.Add(backup.Id);
        return ids;
    }

    public string PathOf(BackupRecord backup, Func<string, string> mark) => Path.Combine(Folder.Path, backup.Store, mark(backup.Key));

    public void Dispose() => Folder.Dispose();

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
