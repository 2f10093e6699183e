using System.Diagnostics;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Changes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// Runs one operation in a process of its own, which kills itself (SIGKILL, no clean-up of any kind) as soon as the journal has a
/// certain line. So "killed at each journaled step" is tested with a real kill at a known place.
/// </summary>
public static class Probe
{
    /// <summary>The operations that can be run; tests of other areas add theirs.</summary>
    private static readonly Dictionary<string, Func<OpsContext, string[], Task>> Operations = new()
    {
        ["backup"] = async (context, _) =>
        {
            var backup = new DatabaseBackup(context);
            foreach (BackupPlan plan in await backup.PlanAsync(new BackupRequest(), default)) await backup.RunAsync(plan, _ => { }, default);
        },
        ["restore"] = async (context, rest) => await new RestoreService(context).RunAsync(
            new RestoreRequest { Backup = await new BackupCatalog(context).FindAsync(rest[0], null, default), As = rest.ElementAtOrDefault(1) }, default),
        ["certificate"] = async (context, rest) =>
        {
            OpsEnvironment environment = EnvironmentLoader.Load(rest[0]).Environment! with { StateDirectory = context.Environment.StateDirectory };
            await new CertificateUpdater(context with { Environment = environment }, environment.Certificates["shop"]).RunAsync(new CertificateUpdateRequest { Force = true }, default);
        },
        // Three changes as one.
        ["notes"] = async (context, _) =>
        {
            OpsContext own = KilledChangeTests.Of(context.Environment.Directory) with { Journal = context.Journal };
            await new ChangeRunner(own, NoteChange.All).RunAsync(NoteChange.Set(own), default);
        },
        ["service"] = async (context, rest) =>
        {
            using var lab = ServiceLab.Again(context.Environment.Directory, rest[1]);
            await Services.ServiceKindTests.ChangeAsync(lab, Enum.Parse<ServiceChange>(rest[0], ignoreCase: true), lab.Context with { Journal = ((DyingJournal)context.Journal).Over(lab.Context.Journal) });
        },
        // Changes without end, one line told for each, until it is killed from outside.
        ["journal"] = async (context, _) =>
        {
            // So much that files are closed and the index is written all the time.
            var journal = new Journal(MadeJournal.Of(context.Environment.Directory), TimeProvider.System) { CloseAt = 90_000 };
            var data = new Dictionary<string, string> { ["text"] = new('x', 40_000) };
            while (true)
            {
                journal.FindUnfinished();
                await using IJournaledChange change = await journal.BeginAsync("Test-Action", "t/killed", data);
                await change.StepAsync("step");
                await change.CompleteAsync("done");
                Console.WriteLine(change.Id);
            }
        },
        // Restored, and then asked something that takes as long as nobody kills it.
        ["drill"] = async (context, rest) => await new RecoveryDrill(context with
        {
            Environment = context.Environment with { Drill = new DrillSettings { Queries = [new DrillQuery("wait", "SELECT pg_sleep(600)")] } },
        }).RunAsync(await new BackupCatalog(context).FindAsync(rest[0], null, default), default),
        ["told-drill"] = async (context, rest) =>
        {
            DrillResult result = await new RecoveryDrill(context).RunAsync(await new BackupCatalog(context).FindAsync(rest[0], null, default), default);
            Console.WriteLine($"Passed: {result.Passed}\nRanAs: {result.RanAs}\nWhere: {result.Where}\n{string.Join('\n', result.Failures.Concat(result.Notes))}");
        },
        ["container-drill"] = async (context, rest) => await new RecoveryDrill(context with
        {
            Environment = context.Environment with
            {
                Databases = new Dictionary<string, DatabaseSettings> { ["main"] = context.Environment.Databases["main"] with { Service = "postgres", Host = null } },
                Platform = new PlatformOptions { Kind = PlatformKind.Compose, Project = rest[1] },
                Drill = new DrillSettings { Queries = [new DrillQuery("wait", "SELECT pg_sleep(600)")] },
            },
        }) { InContainer = true }.RunAsync(await new BackupCatalog(context).FindAsync(rest[0], null, default), default),
    };

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var operation, var dieAt, var folder, var port, var database, .. var rest]) return 64;
        var settings = new DatabaseSettings
        {
            Name = "main", Host = "127.0.0.1", Port = int.Parse(port), Database = database, User = "postgres",
            Password = new SecretReference(PostgresFixture.Password, "/"), TenantSchema = "tenant_{tenant}",
        };
        OpsContext context = BackupLab.ContextOf(folder, settings, ["local"], SilentReporter.Instance);
        await Operations[operation](context with { Journal = new DyingJournal(context.Journal, dieAt) }, rest);
        return 0;
    }

    /// <summary>Runs an operation that dies at a step (<c>started</c>, a step's name, or <c>completed</c>); returns the exit code, 137 for the kill.</summary>
    public static Task<int> RunAsync(string operation, string dieAt, BackupLab lab, params string[] rest) => EndAsync(Start(operation, dieAt, lab, rest));

    private static async Task<int> EndAsync(Process started)
    {
        using Process process = started;
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode is 0 or 137 ? process.ExitCode : throw new InvalidOperationException(await error);
    }

    /// <summary>The same, of a compose project.</summary>
    public static Task<int> RunAsync(string operation, string dieAt, ServiceLab lab, params string[] rest) =>
        EndAsync(StartBy([], operation, dieAt, lab.Folder, "5432", "none", [.. rest, lab.Project]));

    /// <summary>Starts an operation, to be killed from outside.</summary>
    public static Process Start(string operation, string dieAt, BackupLab lab, params string[] rest) => StartBy([], operation, dieAt, lab, rest);

    /// <summary>Starts an operation by way of another program, which is given it as its last arguments.</summary>
    public static Process StartBy(string[] way, string operation, string dieAt, BackupLab lab, params string[] rest) =>
        StartBy(way, operation, dieAt, lab.Folder, lab.Database.Port.ToString(), lab.Database.Database, rest);

    private static Process StartBy(string[] way, string operation, string dieAt, string folder, string port, string database, string[] rest)
    {
        // The dotnet that runs the tests, which need not be the one of PATH.
        string[] command = [.. way, Environment.ProcessPath!, typeof(Probe).Assembly.Location, operation, dieAt, folder, port, database, .. rest];
        var info = new ProcessStartInfo(command[0]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in command[1..]) info.ArgumentList.Add(argument);
        return Process.Start(info)!;
    }

    private sealed class DyingJournal(IJournal journal, string dieAt) : IJournal
    {
        public async Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null)
        {
            IJournaledChange change = await journal.BeginAsync(action, target, data);
            DieAt("started");
            return new DyingChange(change, this);
        }

        public async Task<IJournaledChange> ContinueAsync(UnfinishedChange change) => new DyingChange(await journal.ContinueAsync(change), this);

        public IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null) => journal.FindUnfinished(target);

        public JournalEntry? Find(string id) => journal.Find(id);

        public IReadOnlyList<JournalEntry> FindParts(string parent) => journal.FindParts(parent);

        public JournalEntry? FindUndo(string id) => journal.FindUndo(id);

        /// <summary>The same death in another journal.</summary>
        public DyingJournal Over(IJournal other) => new(other, dieAt);

        public IReadOnlyDictionary<string, JournalEntry> FindUndos(IReadOnlyCollection<string> ids) => journal.FindUndos(ids);

        public void DieAt(string step)
        {
            if (step == dieAt) Process.GetCurrentProcess().Kill();
        }
    }

    private sealed class DyingChange(IJournaledChange change, DyingJournal journal) : IJournaledChange
    {
        public string Id => change.Id;

        public async Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null)
        {
            await change.StepAsync(name, data);
            journal.DieAt(name);
        }

        public async Task CompleteAsync(string summary, IReadOnlyDictionary<string, string>? data = null)
        {
            // Everything is done but for the journal's last word.
            journal.DieAt("completed");
            await change.CompleteAsync(summary, data);
        }

        public Task WaitAsync(DateTimeOffset until, string message) => change.WaitAsync(until, message);

        public Task FailAsync(string errorId, string message) => change.FailAsync(errorId, message);

        public ValueTask DisposeAsync() => change.DisposeAsync();
    }
}
