using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Imports;

/// <summary>What happens to a dump, and to the stores, while it is imported or taken back.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ImportFaultTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("x.sql")]
    [InlineData("x.tar", "-Ft")]
    [InlineData("x.dump", "-Fc")]
    [InlineData("folder", "-Fd")]
    public async Task A_dump_that_is_written_anew_between_its_two_readings_is_in_no_store(string name, params string[] arguments)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string file = await dump.DumpAsync(name, arguments);
        ChangePlan plan = await dump.PlanAsync(file, r => r with { Reload = true });
        await postgres.ExecuteAsync(dump.Database, "INSERT INTO t VALUES (2)");
        string other = await dump.DumpAsync("other-" + name, arguments);
        bool isReplaced = false;
        // It has been read to its end, and its hash is the plan's; now the server starts, and then it is read again.
        var reporter = new ReadReporter(dump.Lab.Reporter, "Read " + name, () =>
        {
            isReplaced = true;
            if (File.Exists(file)) File.Move(other, file, overwrite: true);
            else
            {
                Directory.Delete(file, recursive: true);
                Directory.Move(other, file);
            }
        });

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(dump.Lab.Context with { Reporter = reporter }).RunAsync(plan, default));

        Assert.True(isReplaced);
        Assert.Equal("ImportFileChanged", error.ErrorId);
        Assert.Empty(await dump.Lab.ListAsync());
        Assert.Empty(Directory.GetFiles(dump.PathOf("local"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_reader_that_comes_while_an_import_is_taken_back_keeps_the_object_as_well_as_the_manifest()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        ChangeResult result = (await new ChangeRunner(dump.Lab.Context).RunAsync(await dump.PlanAsync(await dump.DumpAsync("x.dump", "-Fc")), default))!;
        BackupRecord made = Assert.Single(DumpLab.Made(result));
        Func<string, IBackupStore> open = dump.Lab.Context.OpenStore;
        BackupLease? lease = null;
        OpsContext watched = dump.Lab.Context with
        {
            OpenStore = name => new WatchedStore(open(name), [])
            {
                After = async (call, key) =>
                {
                    if (call == "Delete" && BackupKeys.IsManifest(key)) lease = await BackupLease.TakeAsync(dump.Lab.Context, made, default);
                },
            },
        };
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(watched).UndoAsync(watched.Journal.Find(result.Change!)!, default));
        Assert.Equal("BackupInUse", refused.ErrorId);
        await using (lease!)
            Assert.True((await new BackupTester(dump.Lab.Context).TestAsync(Assert.Single(await dump.Lab.ListAsync()), BackupTestLevel.Structure, default)).Passed);

        await new ChangeRunner(dump.Lab.Context).UndoAsync(dump.Lab.Context.Journal.Find(result.Change!)!, default);
        Assert.Empty(await dump.Lab.ListAsync());
        Assert.Empty(Directory.GetFiles(dump.PathOf("local"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_import_that_one_of_two_stores_refuses_is_told_with_what_the_other_has(bool fromTheBeginning)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        ChangePlan plan = await dump.PlanAsync(await dump.DumpAsync("x.dump", "-Fc"), r => r with { Stores = ["local", "other"] });
        bool isDown = false;
        OpsContext without = Without(dump.Lab.Context, () => isDown) with
        {
            Journal = new StepJournal(dump.Lab.Context.Journal, "import", () =>
            {
                isDown = true;
                return Task.CompletedTask;
            }),
        };
        // Else when it has the object, and the first one its manifest.
        if (!fromTheBeginning) without = Without(dump.Lab.Context, () => Directory.GetFiles(dump.PathOf("local"), "*.json", SearchOption.AllDirectories).Length > 0);
        Assert.Equal("local", Assert.Single(DumpLab.Made(await new ChangeRunner(without).RunAsync(plan, default))).Store);
        Assert.Equal(fromTheBeginning, isDown);
        Assert.Single(dump.Lab.Reporter.Warnings, w => w.Contains("The store other cannot be reached.", StringComparison.Ordinal)
            && !w.Contains("cleaned up", StringComparison.Ordinal));
        Assert.Single(await dump.Lab.ListAsync());
    }

    [Fact]
    public async Task An_import_that_is_gone_on_with_is_told_where_it_is_though_another_store_does_not_answer()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string file = await dump.DumpAsync("x.sql"), local = dump.PathOf("local"), away = dump.PathOf("away");
        BackupRecord first = await dump.ImportAsync(file);
        Directory.Move(local, away);
        ChangePlan plan = await dump.PlanAsync(file, r => r with { Stores = ["local", "other"] });
        var journal = new StepJournal(dump.Lab.Context.Journal, "import", () =>
        {
            if (Directory.Exists(local)) Directory.Delete(local, recursive: true);
            Directory.Move(away, local);
            throw ChangeRun.LeaveOpen(new IOException("killed"));
        });
        await Assert.ThrowsAnyAsync<Exception>(() => new ChangeRunner(dump.Lab.Context with { Journal = journal }).RunAsync(plan, default));
        JournalEntry open = dump.Lab.Context.Journal.Find(dump.Lab.Context.Journal.FindUnfinished().Single().Id)!;

        BackupRecord made = Assert.Single(DumpLab.Made(await new ChangeRunner(Without(dump.Lab.Context, () => true)).ResumeAsync(open, default)));

        Assert.Equal(("local", first.Id), (made.Store, made.Id));
        Assert.Contains(dump.Lab.Reporter.Warnings, w => w.Contains("The store other cannot be reached", StringComparison.Ordinal)
            && w.Contains($"Copy-OpsBackup {first.Id}", StringComparison.Ordinal));
    }

    private static OpsContext Without(OpsContext context, Func<bool> isDown) => context with
    {
        OpenStore = name => name == "local" ? context.OpenStore(name)
            : new WatchedStore(context.OpenStore(name), []) { Before = (_, _) => isDown() ? Task.FromException(WatchedStore.Unavailable(name)) : Task.CompletedTask },
    };

    /// <summary>Does something when a reading has ended.</summary>
    private sealed class ReadReporter(IOpsReporter inner, string activity, Action ended) : IOpsReporter
    {
        public void Progress(OpsProgress progress)
        {
            if (progress.Completed && progress.Activity == activity) ended();
        }

        public void Verbose(string message) => inner.Verbose(message);

        public void Warning(string message) => inner.Warning(message);
    }
}
