using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>One store of several goes down: what the others have must not suffer.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StoreOutageTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("away", "local")]
    [InlineData("local", "away")]
    public async Task A_store_that_goes_down_when_it_has_the_object_does_not_cost_the_other_its_manifest(params string[] stores)
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync(), stores);
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE TABLE t AS SELECT generate_series(1, 10) i");
        bool isDown = false;
        Func<string, IBackupStore> open = lab.Context.OpenStore;
        lab.Context = lab.Context with
        {
            Journal = new StepJournal(lab.Context.Journal, "stored", () =>
            {
                isDown = true;
                return Task.CompletedTask;
            }),
            OpenStore = name => name == "local" ? open(name)
                : new WatchedStore(open(name), []) { Before = (_, _) => isDown ? Task.FromException(WatchedStore.Unavailable(name)) : Task.CompletedTask },
        };

        BackupRecord made = Assert.Single(await lab.BackUpAsync());

        Assert.True(isDown);
        Assert.Equal("local", made.Store);
        Assert.Equal(("StoreUnavailable", "The store away cannot be reached."), Assert.Single(lab.Failures.Select(f => (f.ErrorId, f.Message))));
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("Store away could not be cleaned up", StringComparison.Ordinal));
        Assert.Equal(made.Id, Assert.Single(await lab.ListAsync(new BackupQuery { Stores = ["local"] })).Id);
        Assert.True((await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Passed);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_backup_that_is_gone_on_with_is_told_where_it_is_though_another_store_does_not_answer()
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync(), "local", "away");
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE TABLE t AS SELECT generate_series(1, 10) i");
        OpsContext dying = lab.Context with { Journal = new StepJournal(lab.Context.Journal, "dump-done", () => throw ChangeRun.LeaveOpen(new IOException("killed"))) };
        await Assert.ThrowsAsync<IOException>(async () => await BackupLab.RunAsync(dying,
            Assert.Single(await new BackupPlanner(lab.Context).PlanAsync(new BackupRequest(), default))));
        JournalEntry killed = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;
        Func<string, IBackupStore> open = lab.Context.OpenStore;
        OpsContext without = lab.Context with
        {
            OpenStore = name => name == "local" ? open(name) : new WatchedStore(open(name), []) { Before = (_, _) => throw WatchedStore.Unavailable(name) },
        };

        var outcome = (BackupOutcome)(await new ChangeRunner(without).ResumeAsync(killed, default))!.Value!;

        Assert.Equal("local", Assert.Single(outcome.Records).Store);
        Assert.StartsWith("Whether store away has backup ", Assert.Single(outcome.Failures).Message, StringComparison.Ordinal);
        Assert.Equal("StoreUnavailable", outcome.Failures[0].ErrorId);
    }
}
