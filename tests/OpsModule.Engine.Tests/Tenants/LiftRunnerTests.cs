using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Areas.Tenants.Timing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>What lifts a suspension whose time is over.</summary>
[Collection(PostgresTenants.Name)]
public sealed class LiftRunnerTests(PostgresFixture postgres)
{
    private const string Schedule = "schedule: { due: { at: \"* * * * *\", run: \"Resume-OpsChange -Due\" } }";

    [Theory]
    [InlineData("Resume-OpsChange -Due", true)]
    [InlineData("resume-opschange -due | Assert-OpsResult -AllowEmpty", true)]
    [InlineData("Test-OpsHealth -Environment x; Resume-OpsChange -Environment lab -Due -Confirm:$false", true)]
    [InlineData("Resume-OpsChange -Due -Env 'LAB' | Assert-OpsResult -AllowEmpty", true)]
    [InlineData("Resume-OpsChange -Due -Environment:/etc/ops/lab.yaml", true)]
    // What is due in another one is lifted there.
    [InlineData("Resume-OpsChange -Environment x -Due -Confirm:$false", false)]
    [InlineData("Resume-OpsChange -Due -Environment /etc/ops/other.yaml", false)]
    [InlineData("Resume-OpsChange -Due -Environment $name", false)]
    [InlineData("Resume-OpsChange", false)]
    [InlineData("Resume-OpsChange -Due -WhatIf", false)]
    [InlineData("Resume-OpsChange -Due:$false", false)]
    [InlineData("Test-OpsHealth # Resume-OpsChange -Due", false)]
    [InlineData("'Resume-OpsChange -Due'", false)]
    [InlineData("Resume-OpsChange | Get-Thing -Due", false)]
    public void A_line_goes_on_with_what_is_due_or_does_not(string line, bool does) => Assert.Equal(does, LiftRunner.IsOne(line, "lab", "/etc/ops/lab.yaml"));

    [Fact]
    public async Task For_a_time_without_anything_that_lifts_it_is_refused_by_name()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) }));

        Assert.Equal("TenantLiftUnscheduled", error.ErrorId);
        Assert.Contains("no entry of the schedule runs 'Resume-OpsChange -Due'", error.Message);
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task An_entry_that_runs_long_after_the_time_is_refused_and_one_that_runs_somewhat_later_is_told()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, "schedule: { due: { at: \"0 3 1 1 *\", run: \"Resume-OpsChange -Due\" } }");

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(2) }));

        Assert.Equal("TenantLiftUnscheduled", error.ErrorId);
        Assert.Contains("due (0 3 1 1 *) runs ", error.Message);
        // Of a year that is somewhat more.
        ChangePlan plan = (await lab.PlanAsync("demo", new SuspendOptions { For = TimeSpan.FromDays(300) }))!;
        Assert.Contains(plan.Warnings, w => w.Contains("after its time is over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_lifted_when_its_time_is_over_and_is_a_finding_when_it_was_not()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        string before = await lab.LookAsync();

        Assert.Null(await lab.SuspendAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) }));

        TenantRecord waiting = lab.Find();
        Assert.Equal((TenantStatus.Suspended, true, "due"), (waiting.Status, waiting.IsProven, waiting.Runner));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(lab)).Status);
        JournalEntry entry = lab.Context.Journal.Find(waiting.Change!)!;
        Assert.Equal(JournalOutcome.Waiting, entry.Outcome);
        Assert.Equal(waiting.Until, entry.Due);
        // Too early it goes on waiting.
        Assert.Null(await new ChangeRunner(lab.Context).ResumeAsync(entry, default));

        // The entry has its time of grace, as health says of the schedule.
        lab.Clock.Later = TimeSpan.FromHours(1) + TimeSpan.FromMinutes(2);
        Assert.Equal(TenantStatus.Suspended, lab.Find().Status);
        lab.Clock.Later = TimeSpan.FromHours(1) + TimeSpan.FromMinutes(7);
        Assert.Equal(TenantStatus.Overdue, lab.Find().Status);
        HealthResult late = await HealthAsync(lab);
        Assert.Equal(HealthStatus.Unhealthy, late.Status);
        Assert.Contains("entry due", late.Remedy);

        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(waiting.Change!)!, default);

        Assert.Equal(before, await lab.LookAsync());
        Assert.Equal(JournalOutcome.Completed, lab.Context.Journal.Find(waiting.Change!)!.Outcome);
    }

    /// <summary>Its time is over at once, so that one process suspends and lifts; it dies while it lifts.</summary>
    [Theory]
    [InlineData("end-schema", true)]
    [InlineData("before end-schema-done", false)]
    [InlineData("before end-endpoint-admin-done", true)]
    [InlineData("before end-flag-done", false)]
    [InlineData("before forget-done", true)]
    [InlineData("forget-done", true)]
    public async Task Killed_while_it_is_lifted_it_is_gone_on_with_or_taken_back(string line, bool resumes)
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        string before = await lab.LookAsync();
        ChangePlan plan = (await lab.PlanAsync("demo", new SuspendOptions { For = TimeSpan.FromMilliseconds(1) }))!;
        File.WriteAllBytes(lab.Folder["plan.json"], PlanFile.Write(plan));
        Assert.Equal(137, await Probe.RunPlanAsync(line, lab.Folder.Path));
        JournalEntry killed = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;

        if (resumes) await new ChangeRunner(lab.Context).ResumeAsync(killed, default);
        else await new ChangeRunner(lab.Context).UndoAsync(killed, default);

        Assert.Equal(before, await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task One_that_is_lifted_before_its_time_is_not_lifted_again()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        await lab.SuspendAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) });
        string first = lab.Find().Change!;
        await lab.ResumeAsync();
        await lab.SuspendAsync();
        string suspended = await lab.LookAsync();

        lab.Clock.Later = TimeSpan.FromHours(2);
        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(first)!, default);

        Assert.Equal(suspended, await lab.LookAsync());
        Assert.NotEqual(first, lab.Find().Change);
    }

    [Fact]
    public async Task What_keeps_it_from_being_lifted_is_told_and_tried_again()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        string before = await lab.LookAsync();
        await lab.SuspendAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) });
        string id = lab.Find().Change!;
        await lab.ExecuteAsync($"GRANT CREATE ON SCHEMA tenant_demo TO {lab.App}");
        lab.Clock.Later = TimeSpan.FromHours(1) + TimeSpan.FromMinutes(7);

        Assert.Null(await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, default));

        Assert.Equal(JournalOutcome.Waiting, lab.Context.Journal.Find(id)!.Outcome);
        Assert.Equal(TenantStatus.Overdue, lab.Find().Status);
        await lab.ExecuteAsync($"REVOKE ALL ON SCHEMA tenant_demo FROM {lab.App} CASCADE");
        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, default);
        Assert.Equal(before, await lab.LookAsync());
    }

    private static async Task<HealthResult> HealthAsync(TenantLab lab)
    {
        var found = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(lab.Context).RunAsync(new HealthRequest { Checks = ["tenant.suspended"] }, default))
            found.Add(result);
        return Assert.Single(found);
    }
}
