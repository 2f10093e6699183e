using System.Diagnostics;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Changes;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Recovery;
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
            foreach (ChangePlan plan in await new BackupPlanner(context).PlanAsync(new BackupRequest(), default)) await BackupLab.RunAsync(context, plan);
        },
        ["import"] = async (context, rest) => await new ChangeRunner(context).RunAsync(
            await new ImportPlanner(context).PlanAsync(new ImportRequest(rest[0]) { Stores = ["local"] }, default), default),
        ["restore"] = async (context, rest) => await RecoveryLab.RunAsync(context,
            new RestoreRequest { Backup = await new BackupCatalog(context).FindAsync(rest[0], null, default), As = rest.ElementAtOrDefault(1) }, default),
        ["restore-undo"] = async (context, rest) => await RecoveryLab.UndoAsync(context, await KeptAsync(context, rest[0]), TimeSpan.FromSeconds(20), default),
        ["restore-remove"] = async (context, rest) => await RecoveryLab.RemoveAsync(context, await KeptAsync(context, rest[0]), default),
        // The plan that lies in the folder, in the environment of the folder's ops.yaml.
        ["plan"] = async (context, _) =>
        {
            string folder = context.Environment.Directory, file = Path.Combine(folder, "plan.json");
            using OpsContext own = KilledLab.ContextOf(folder);
            await new ChangeRunner(own with { Journal = ((DyingJournal)context.Journal).Over(own.Journal) }).RunAsync(PlanFile.Read(await File.ReadAllBytesAsync(file), file), default);
        },
        // Three changes as one.
        ["notes"] = async (context, _) =>
        {
            OpsContext own = KilledChangeTests.Of(context.Environment.Directory) with { Journal = context.Journal };
            await new ChangeRunner(own, NoteChange.All).RunAsync(NoteChange.Set(own), default);
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

    private static async Task<RestoreRecord> KeptAsync(OpsContext context, string name) =>
        (await new RestoreCatalog(context).FindAsync([name], null, e => throw e, default))[0];

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

    /// <summary>Carries out the plan of a folder; <c>before NAME</c> dies right before that line, and <c>NAME@2</c> when it comes the second time.</summary>
    public static Task<int> RunPlanAsync(string dieAt, string folder) => EndAsync(StartBy([], "plan", dieAt, folder, "5432", "none", []));

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
        private readonly Dictionary<string, int> _times = [];

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
            int times = _times[step] = _times.GetValueOrDefault(step) + 1;
            if (dieAt == step || dieAt == $"{step}@{times}") Process.GetCurrentProcess().Kill();
        }
    }

    private sealed class DyingChange(IJournaledChange change, DyingJournal journal) : IJournaledChange
    {
        public string Id => change.Id;

        public async Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null)
        {
            journal.DieAt("before " + name);
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
