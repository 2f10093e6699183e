using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>An environment of its own for one test: a database of the fixture's server and folder stores in a temporary folder.</summary>
public sealed class BackupLab : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("ops-lab-").FullName;

    public RecordingReporter Reporter { get; } = new();

    public DatabaseSettings Database { get; }

    public OpsContext Context { get; set; }

    public BackupLab(DatabaseSettings database, params string[] stores)
    {
        Database = database;
        if (stores.Length == 0) stores = ["local"];
        Context = ContextOf(Folder, database, stores, Reporter);
        foreach (string store in stores) Directory.CreateDirectory(Path.Combine(Folder, store));
    }

    public static OpsContext ContextOf(string folder, DatabaseSettings database, string[] stores, IOpsReporter reporter) => OpsContextFactory.Create(new OpsEnvironment
    {
        Name = "lab",
        Directory = folder,
        StateDirectory = Path.Combine(folder, ".ops"),
        Databases = new Dictionary<string, DatabaseSettings> { [database.Name] = database },
        Backups = new BackupSettings
        {
            Stores = stores.ToDictionary(s => s, s => new StoreSettings { Name = s, Path = Path.Combine(folder, s) }),
        },
    }, reporter);

    public BackupCatalog Catalog => new(Context);

    public async Task<IReadOnlyList<BackupRecord>> BackUpAsync(BackupRequest? request = null, CancellationToken cancellationToken = default)
    {
        var records = new List<BackupRecord>();
        foreach (ChangePlan plan in await new BackupPlanner(Context).PlanAsync(request ?? new BackupRequest(), cancellationToken))
        {
            BackupOutcome outcome = await RunAsync(Context, plan, cancellationToken);
            records.AddRange(outcome.Records);
            Failures.AddRange(outcome.Failures);
        }
        return records;
    }

    public static async Task<BackupOutcome> RunAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken = default) =>
        (BackupOutcome)(await new ChangeRunner(context).RunAsync(plan, cancellationToken))!.Value!;

    /// <summary>Stores that failed during <see cref="BackUpAsync"/> while others went on.</summary>
    public List<OpsException> Failures { get; } = [];

    public async Task<List<BackupRecord>> ListAsync(BackupQuery? query = null)
    {
        var records = new List<BackupRecord>();
        await foreach (BackupRecord backup in Catalog.ListAsync(query ?? new BackupQuery(), default)) records.Add(backup);
        return records;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
