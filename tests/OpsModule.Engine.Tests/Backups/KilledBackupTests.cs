using Npgsql;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Backups;

[Collection(PostgresCollection.Name)]
public sealed class KilledBackupTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("started", false)]
    [InlineData("dumping", false)]
    [InlineData("dumped", false)]
    [InlineData("stored", false)]
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
        Assert.Equal(step is "dumping" or "dumped" or "stored", strays.Count > 0);
        Assert.Single(lab.Context.Journal.FindUnfinished());

        await lab.BackUpAsync();
        Assert.Contains("interrupted", Assert.Single(lab.Reporter.Warnings));
        Assert.Equal(complete ? 2 : 1, (await lab.ListAsync()).Count);
        Assert.Empty(await StraysAsync(lab));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    private static async Task<List<StrayObject>> StraysAsync(BackupLab lab)
    {
        var strays = new List<StrayObject>();
        await foreach (StrayObject stray in new StoreInspector(lab.Context).FindStraysAsync(new BackupQuery(), default)) strays.Add(stray);
        return strays;
    }
}
