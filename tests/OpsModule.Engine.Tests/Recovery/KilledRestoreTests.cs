using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A kill right after each line of the journal: the live data is whole, and what was begun is gone on with or taken back.</summary>
[Collection(PostgresRestores.Name)]
public sealed class KilledRestoreTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("stage", false, false)]
    [InlineData("structure", true, false)]
    [InlineData("data-loaded", true, false)]
    [InlineData("verified", true, false)]
    [InlineData("stage-done", true, false)]
    [InlineData("switch", true, false)]
    [InlineData("switch-done", false, true)]
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

        Assert.Equal(1, await lab.UndoUnfinishedAsync(RecoveryLab.Demo));
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        left = await catalog.ListAsync(null, default);
        Assert.Equal(switched ? 1 : 0, left.Count);
        foreach (RestoreRecord aside in left) await RecoveryLab.RemoveAsync(lab.Context, aside, default);

        Assert.Equal(137, await Probe.RunAsync("restore", step, lab.Lab, backup.Id));
        RestoreRecord resumed = await lab.ResumeAsync(RecoveryLab.Demo);
        Assert.Equal((RestoreState.Replaced, backup.Id), (resumed.State, resumed.BackupId));
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        RestoreRecord kept = Assert.Single(await catalog.ListAsync(null, default));
        await RecoveryLab.UndoAsync(lab.Context, kept, TimeSpan.FromSeconds(20), default);
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
    }

    /// <summary>Of what could not be looked at nothing is given up.</summary>
    [Theory]
    [InlineData("restore")]
    [InlineData("restore-undo")]
    public async Task One_that_is_gone_on_with_while_another_host_works_on_the_same_stays_unfinished(string operation)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        string given = operation == "restore" ? backup.Id : (await lab.RestoreAsync(backup)).Id;
        Assert.Equal(137, await Probe.RunAsync(operation, "switch", lab.Lab, given));
        await using (NpgsqlConnection elsewhere = await lab.OpenAsync())
        {
            await ServerLock.TakeSchemaAsync(elsewhere, "tenant_demo", default);
            await RecoveryLab.FailsAsync("TargetLocked", () => lab.ResumeAsync(RecoveryLab.Demo));
            Assert.Single(lab.Unfinished(RecoveryLab.Demo));
        }
        Assert.Equal(RestoreState.Replaced, (await lab.ResumeAsync(RecoveryLab.Demo)).State);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Killed_before_its_plan_was_kept_it_has_done_nothing_and_is_closed()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        Assert.Equal(137, await Probe.RunAsync("restore", "started", lab.Lab, backup.Id));
        await RecoveryLab.FailsAsync("ChangeNotResumable", () => lab.ResumeAsync(RecoveryLab.Demo));
        Assert.Equal(1, await lab.UndoUnfinishedAsync(RecoveryLab.Demo));
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(backup)).State);
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
        await RecoveryLab.RemoveAsync(lab.Context, staged, default);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Empty(Directory.GetFiles(Path.Combine(lab.Lab.Folder, ".ops", "changes")));
        Assert.Equal(137, await Probe.RunAsync("restore", "switch", lab.Lab, backup.Id));
        Assert.Equal(RestoreState.Replaced, (await lab.ResumeAsync(null)).State);
        Assert.Equal(3000L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.customers"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Theory]
    [InlineData("stage")]
    [InlineData("structure")]
    [InlineData("stage-done")]
    [InlineData("switch-done")]
    public async Task A_killed_restore_of_a_database_is_taken_back(string step)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        Assert.Equal(137, await Probe.RunAsync("restore", step, lab.Lab, backup.Id));
        Assert.Equal(1, await lab.UndoUnfinishedAsync(null));
        Assert.Equal(["public"], await lab.SchemasAsync());
        Assert.Equal(step == "switch-done" ? 1 : 0, (await new RestoreCatalog(lab.Context).ListAsync(null, default)).Count);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    /// <summary>An undoing that was killed is brought to its end, or taken back; a second time nothing is put back twice.</summary>
    [Theory]
    [InlineData("switch", true)]
    [InlineData("switch", false)]
    [InlineData("switch-done", true)]
    [InlineData("switch-done", false)]
    [InlineData("completed", true)]
    public async Task A_killed_undo_is_resumed_or_taken_back(string step, bool resume)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string restored = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker");
        string changed = await lab.DescribeAsync("tenant_demo");
        RestoreRecord restore = await lab.RestoreAsync(backup);

        Assert.Equal(137, await Probe.RunAsync("restore-undo", step, lab.Lab, restore.Id));
        Assert.Equal(step == "switch" ? restored : changed, await lab.DescribeAsync("tenant_demo"));
        if (resume) Assert.Equal(RestoreState.Replaced, (await lab.ResumeAsync(RecoveryLab.Demo)).State);
        else Assert.Equal(1, await lab.UndoUnfinishedAsync(RecoveryLab.Demo));

        Assert.Equal(resume ? changed : restored, await lab.DescribeAsync("tenant_demo"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("drop-done")]
    [InlineData("completed")]
    public async Task A_killed_removal_is_resumed(string step)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        RestoreRecord restore = await lab.RestoreAsync(await lab.BackUpAsync());
        Assert.Equal(137, await Probe.RunAsync("restore-remove", step, lab.Lab, restore.Id));
        Assert.Equal(step == "drop" ? 1 : 0, (await new RestoreCatalog(lab.Context).ListAsync(null, default)).Count);
        var runner = new ChangeRunner(lab.Context);
        JournalEntry killed = Assert.Single(lab.Unfinished(RecoveryLab.Demo));
        await RecoveryLab.FailsAsync("ChangeNotUndoable", () => runner.UndoAsync(killed, default));
        await runner.ResumeAsync(killed, default);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
