using Npgsql;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

[Collection(PostgresCollection.Name)]
public sealed class KilledBackupTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("started", false)]
    [InlineData("dump", false)]
    [InlineData("dumped", false)]
    [InlineData("stored", false)]
    [InlineData("before dump-done", true)]
    [InlineData("completed", true)]
    public async Task Killed_at_any_step_there_is_a_whole_backup_or_none_and_the_next_run_cleans_up(string step, bool complete)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 1000) i");
        using var lab = new BackupLab(database);
        Assert.Equal(137, await Probe.RunAsync("backup", step, lab));

        List<BackupRecord> listed = await lab.ListAsync();
        Assert.Equal(complete ? 1 : 0, listed.Count);
        foreach (BackupRecord backup in listed) Assert.True((await new BackupTester(lab.Context).TestAsync(backup, BackupTestLevel.Structure, default)).Passed);
        List<StrayObject> strays = await StraysAsync(lab);
        Assert.Equal(step is "dumped" or "stored", strays.Count > 0);
        Assert.Single(lab.Context.Journal.FindUnfinished());

        await lab.BackUpAsync();
        Assert.Contains("interrupted", Assert.Single(lab.Reporter.Warnings));
        Assert.Equal(complete ? 2 : 1, (await lab.ListAsync()).Count);
        Assert.Empty(await StraysAsync(lab));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Theory]
    [InlineData("started", true, 0)]
    [InlineData("dump", true, 1)]
    [InlineData("stored", true, 1)]
    [InlineData("before dump-done", true, 1)]
    [InlineData("completed", true, 1)]
    [InlineData("started", false, 0)]
    [InlineData("dump", false, 0)]
    [InlineData("dumped", false, 0)]
    [InlineData("stored", false, 0)]
    [InlineData("before dump-done", false, 1)]
    public async Task Killed_at_any_step_it_is_gone_on_with_or_taken_back_and_what_is_complete_stays(string step, bool resume, int backups)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 1000) i");
        using var lab = new BackupLab(database);
        Assert.Equal(137, await Probe.RunAsync("backup", step, lab));
        JournalEntry killed = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;
        var runner = new ChangeRunner(lab.Context);

        if (!resume) await runner.UndoAsync(killed, default);
        else if (backups > 0) Assert.Single(((BackupOutcome)(await runner.ResumeAsync(killed, default))!.Value!).Records);
        // It was killed before its plan was kept.
        else Assert.Equal("ChangeNotResumable", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(killed, default))).ErrorId);

        List<BackupRecord> listed = await lab.ListAsync();
        Assert.Equal(backups, listed.Count);
        foreach (BackupRecord backup in listed) Assert.True((await new BackupTester(lab.Context).TestAsync(backup, BackupTestLevel.Structure, default)).Passed);
        Assert.Empty(await StraysAsync(lab));
        Assert.Equal(resume && backups == 0 ? 1 : 0, lab.Context.Journal.FindUnfinished().Count);
    }

    [Fact]
    public async Task A_plan_of_another_database_of_that_name_is_refused_and_nothing_is_stored()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        using var lab = new BackupLab(database);
        ChangePlan plan = Assert.Single(await new BackupPlanner(lab.Context).PlanAsync(new BackupRequest(), default));
        await postgres.ExecuteAsync("postgres", $"DROP DATABASE {database.Database}");
        await postgres.ExecuteAsync("postgres", $"CREATE DATABASE {database.Database}");

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => BackupLab.RunAsync(lab.Context, plan));

        Assert.Equal("DriftDetected", error.ErrorId);
        Assert.Empty(await lab.ListAsync());
    }

    private static async Task<List<StrayObject>> StraysAsync(BackupLab lab)
    {
        var strays = new List<StrayObject>();
        await foreach (StrayObject stray in new StoreInspector(lab.Context).FindStraysAsync(new BackupQuery(), default)) strays.Add(stray);
        return strays;
    }
}
