using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresCollection.Name)]
public sealed class KilledRestoreTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("started", false, false)]
    [InlineData("staging", false, false)]
    [InlineData("structure", true, false)]
    [InlineData("data-loaded", true, false)]
    [InlineData("verified", true, false)]
    [InlineData("switching", true, false)]
    [InlineData("switched", false, true)]
    [InlineData("completed", false, true)]
    public async Task Killed_at_any_step_the_live_data_is_whole_and_the_rest_is_listed_resumed_or_undone(string step, bool staged, bool switched)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string before = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker; DROP TABLE tenant_demo.empty");
        string changed = await lab.DescribeAsync("tenant_demo");
        var catalog = new RestoreCatalog(lab.Context);

        Assert.Equal(137, await Probe.RunAsync("restore", step, lab.Lab, backup.Id));
        Assert.Equal(switched ? before : changed, await lab.DescribeAsync("tenant_demo"));
        IReadOnlyList<RestoreRecord> left = await catalog.ListAsync(null, default);
        Assert.Equal(staged || switched ? 1 : 0, left.Count);
        if (left.Count > 0) Assert.Equal(switched ? RestoreState.Replaced : RestoreState.Staged, left[0].State);
        await RecoveryLab.FailsAsync("UnfinishedRestore", () => lab.RestoreAsync(backup));

        if (!switched)
        {
            Assert.Equal(1, await lab.Restores.UndoUnfinishedAsync(null, RecoveryLab.Demo, default));
            Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
            Assert.Empty(await catalog.ListAsync(null, default));
            Assert.Empty(lab.Context.Journal.FindUnfinished());
            Assert.Equal(137, await Probe.RunAsync("restore", step, lab.Lab, backup.Id));
        }
        RestoreRecord resumed = await lab.Restores.ResumeAsync(null, RecoveryLab.Demo, TimeSpan.FromSeconds(20), default);
        Assert.Equal((RestoreState.Replaced, backup.Id), (resumed.State, resumed.BackupId));
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        RestoreRecord kept = Assert.Single(await catalog.ListAsync(null, default));
        await new RestoreUndo(lab.Context).RunAsync(kept, TimeSpan.FromSeconds(20), default);
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
    }

    [Fact]
    public async Task What_a_killed_restore_of_a_database_left_is_removed_or_resumed()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        Assert.Equal(137, await Probe.RunAsync("restore", "data-loaded", lab.Lab, backup.Id));
        RestoreRecord staged = Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Equal((RestoreState.Staged, RestoreKind.Database), (staged.State, staged.Kind));
        await new RestoreRemoval(lab.Context).RunAsync(staged, default);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Equal(137, await Probe.RunAsync("restore", "switching", lab.Lab, backup.Id));
        Assert.Equal(RestoreState.Replaced, (await lab.Restores.ResumeAsync(null, null, TimeSpan.FromSeconds(20), default)).State);
        Assert.Equal(3000L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.customers"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
