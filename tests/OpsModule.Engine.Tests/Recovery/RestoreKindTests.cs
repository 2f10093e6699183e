using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Restores, undoings and removals as planned changes: proven, carried out from a file, taken back, and those of earlier versions.</summary>
[Collection(PostgresTenants.Name)]
public sealed class RestoreKindTests(PostgresFixture postgres)
{
    private const string Target = "database/main/tenant/demo";

    [Theory]
    [InlineData(RecoveryLab.Demo)]
    [InlineData(null)]
    public async Task A_plan_out_of_a_file_is_carried_out_once_and_has_drifted_then(string? tenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(tenant);
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker");
        ChangePlan plan = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        plan = PlanFile.Read(PlanFile.Write(plan), "plan");
        var runner = new ChangeRunner(lab.Context);
        Assert.Empty(await runner.FindDriftAsync(plan, default));
        Assert.Equal(RestoreState.Replaced, (await RecoveryLab.RunAsync(lab.Context, plan, default)).State);

        string restored = await lab.DescribeAsync("tenant_demo");
        OpsException drift = await RecoveryLab.FailsAsync("DriftDetected", () => runner.RunAsync(plan, default));
        Assert.Contains(tenant is null ? "object id of database" : "object id of schema tenant_demo", drift.Message);
        Assert.Equal(restored, await lab.DescribeAsync("tenant_demo"));
        Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
    }

    [Fact]
    public async Task A_plan_whose_backup_is_another_one_by_now_has_drifted()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        ChangePlan plan = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        string manifest = Path.Combine(lab.Lab.Folder, "local", BackupKeys.Manifest(backup.Key));
        File.Delete(manifest);
        await lab.Lab.Catalog.WriteManifestAsync(TestScope.Instance, backup with { Sha256 = new string('0', 64) }, "local", default);
        OpsException drift = await RecoveryLab.FailsAsync("DriftDetected", () => new ChangeRunner(lab.Context).RunAsync(plan, default));
        Assert.Contains($"SHA-256 of backup {backup.Id}", drift.Message);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
    }

    /// <summary>Plans that nothing here has made.</summary>
    [Fact]
    public async Task What_a_plan_may_not_mean_is_refused()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        var runner = new ChangeRunner(lab.Context);
        ChangePlan restore = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        ChangePlan removal = await new RestoreRemoval(lab.Context).PlanAsync(await lab.RestoreAsync(backup), default);
        string live = await lab.DescribeAsync("tenant_demo");

        // A tenant's backup as the whole database.
        ChangePlan whole = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = await lab.BackUpAsync(null) }, default);
        var forged = new Dictionary<string, string>(restore.Arguments);
        forged.Remove("tenant");
        await RecoveryLab.FailsAsync("PlanInvalid", () => runner.RunAsync(whole with
        {
            Arguments = forged, Identities = [.. whole.Identities.SkipLast(1), restore.Identities[^1]],
        }, default));
        // The live schema as something that is kept; what is kept, as another tenant's.
        foreach ((string name, string value, string target, string id) in new[]
        {
            ("kept", "tenant_demo", Target, "PlanInvalid"), ("tenant", "other", "database/main/tenant/other", "RestoreNotFound"),
        })
            await RecoveryLab.FailsAsync(id, () => runner.RunAsync(removal with
            {
                Target = target, Arguments = new Dictionary<string, string>(removal.Arguments) { [name] = value },
            }, default));
        Assert.Equal(live, await lab.DescribeAsync("tenant_demo"));
        Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_restore_that_has_ended_is_taken_back_once_by_its_change()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker");
        string changed = await lab.DescribeAsync("tenant_demo");
        JournalEntry restore = lab.Context.Journal.Find((await lab.RestoreAsync(backup)).Id)!;
        Assert.Equal((RestoreTenant.KindName, JournalOutcome.Completed), (restore.Kind, restore.Outcome));
        var runner = new ChangeRunner(lab.Context);

        ChangeResult back = await runner.UndoAsync(restore, default);
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal(back.Change, Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default)).Id);
        await RecoveryLab.FailsAsync("ChangeNotUndoable", () => runner.UndoAsync(restore, default));
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
    }

    [Fact]
    public async Task One_that_replaced_nothing_says_that_it_keeps_nothing()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        ChangePlan plan = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.Null(plan.Undo);
        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, plan, default);
        await RecoveryLab.FailsAsync("ChangeNotUndoable", () => new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(record.Id)!, default));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
    }

    [Fact]
    public async Task Of_several_unfinished_restores_of_one_tenant_only_the_one_that_is_meant_is_undone()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        Assert.Equal(137, await Probe.RunAsync("restore", "verified", lab.Lab, backup.Id));
        JournalEntry planned = Assert.Single(lab.Unfinished(RecoveryLab.Demo));
        (string first, string firstStage) = await OfEarlierVersionAsync(lab, backup);
        (string second, string secondStage) = await OfEarlierVersionAsync(lab, backup);
        foreach (string stage in new[] { firstStage, secondStage }) await lab.ExecuteAsync($"CREATE SCHEMA {stage}");
        var runner = new ChangeRunner(lab.Context);

        await runner.UndoAsync(lab.Context.Journal.Find(first)!, default);
        Assert.Equal([planned.Id, second], lab.Unfinished(RecoveryLab.Demo).Select(c => c.Id));
        Assert.DoesNotContain(firstStage, await lab.SchemasAsync());
        await runner.UndoAsync(planned, default);
        Assert.Equal([second], lab.Unfinished(RecoveryLab.Demo).Select(c => c.Id));
        Assert.Equal([secondStage], (await lab.SchemasAsync()).Where(s => s.StartsWith("ops_", StringComparison.Ordinal)));
        Assert.Equal(1, await lab.UndoUnfinishedAsync(RecoveryLab.Demo));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
    }

    /// <summary>The journal's lines and the comment are as version 0.1 wrote them; what was built is as it is built now.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_unfinished_restore_of_an_earlier_version_is_gone_on_with(bool isBuilt)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string restored = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker");
        string changed = await lab.DescribeAsync("tenant_demo");
        Assert.Equal(137, await Probe.RunAsync("restore", isBuilt ? "verified" : "data-loaded", lab.Lab, backup.Id));
        JournalEntry planned = Assert.Single(lab.Unfinished(RecoveryLab.Demo));
        Directory.Delete(Path.Combine(lab.Lab.Folder, ".ops"), recursive: true);
        (string id, string stage) = await OfEarlierVersionAsync(lab, backup, "structure", "data-loaded", "verified");
        await lab.ExecuteAsync($"""
            ALTER SCHEMA {RestoreNames.Stage(planned.Id, "tenant_demo")} RENAME TO {stage};
            DO $$ BEGIN EXECUTE format('COMMENT ON SCHEMA {stage} IS %L', replace(obj_description('{stage}'::regnamespace, 'pg_namespace'), '{planned.Id}', '{id}')); END $$;
            """);
        RestoreRecord left = Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Equal((RestoreState.Staged, id), (left.State, left.Id));
        await RecoveryLab.FailsAsync("UnfinishedRestore", () => lab.RestoreAsync(backup));

        RestoreRecord record = await lab.ResumeAsync(RecoveryLab.Demo);
        Assert.Equal(isBuilt, record.Id == id);
        Assert.Equal(restored, await lab.DescribeAsync("tenant_demo"));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        // One that has ended is taken back as well.
        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(record.Id)!, default);
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
    }

    /// <summary>Begins a change in the journal as versions did that had no plans, and leaves it without an end.</summary>
    private static async Task<(string Id, string Stage)> OfEarlierVersionAsync(RecoveryLab lab, BackupRecord backup, params string[] steps)
    {
        await using IJournaledChange change = await lab.Context.Journal.BeginAsync("Restore-OpsDatabase", Target, new Dictionary<string, string>
        {
            ["kind"] = "Schema", ["name"] = "main", ["tenant"] = RecoveryLab.Demo, ["schema"] = "tenant_demo",
            ["backup"] = backup.Id, ["store"] = backup.Store, ["allowIncomplete"] = "", ["noTablespaces"] = "",
        });
        string stage = RestoreNames.Stage(change.Id, "tenant_demo");
        await change.StepAsync("staging", new Dictionary<string, string> { ["staging"] = stage });
        foreach (string step in steps) await change.StepAsync(step);
        return (change.Id, stage);
    }
}
