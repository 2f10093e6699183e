using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>Lifting that came half way, and suspending once more: what is newer holds, and nothing is lost.</summary>
[Collection(PostgresTenants.Name)]
public sealed class MixedLiftTests(PostgresFixture postgres)
{
    private const string Schedule = "schedule: { due: { at: \"* * * * *\", run: \"Resume-OpsChange -Due\" } }";

    /// <summary>Its time ends, its schema is lifted, and the application is away; then somebody suspends it again.</summary>
    [Fact]
    public async Task Suspended_again_after_half_a_lift_it_stays_so_and_comes_back_byte_for_byte()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        string before = await lab.LookAsync(), acl = await lab.AclAsync();
        await lab.SuspendAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) });
        string id = lab.Find().Change!;
        lab.First.ResumeStatus = 500;
        lab.Clock.Later = TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1);
        Assert.Null(await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, default));
        Assert.Equal(acl, await lab.AclAsync());

        ChangePlan again = (await lab.PlanAsync())!;
        Assert.Equal("tenant.renew", again.Kind);
        Assert.Contains(again.Warnings, w => w.Contains("what began to let it in counts no more", StringComparison.Ordinal));
        await new ChangeRunner(lab.Context).RunAsync(again, default);
        Assert.Equal("{} False True Suspended", await lab.LookAsync());
        Assert.True(lab.Find().IsProven);

        // What waited for its time finds that it has none any more.
        lab.First.ResumeStatus = null;
        lab.Clock.Later = TimeSpan.FromHours(3);
        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, default);
        Assert.Equal(JournalOutcome.Completed, lab.Context.Journal.Find(id)!.Outcome);
        Assert.Equal("{} False True Suspended", await lab.LookAsync());

        await lab.ResumeAsync();
        Assert.Equal(before, await lab.LookAsync());
    }

    /// <summary>Without proofs nobody sees that half of it is lifted: what is kept says it.</summary>
    [Fact]
    public async Task Suspended_again_without_proofs_it_is_cut_off_whole()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        await lab.SuspendAsync();
        lab.First.ResumeStatus = 500;
        await Assert.ThrowsAsync<OpsException>(() => lab.ResumeAsync());
        Assert.NotEqual("{}", await lab.AclAsync());

        await lab.SuspendAsync("demo", new SuspendOptions { SkipProof = true });

        Assert.Equal("{} False True Suspended", await lab.LookAsync());
        Assert.False(lab.Find().IsProven);
        lab.First.ResumeStatus = null;
        await lab.ResumeAsync();
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task A_lift_that_was_killed_does_not_go_on_over_a_newer_suspension()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync(), acl = await lab.AclAsync();
        await lab.SuspendAsync();
        ChangePlan lift = (await new ResumePlanner(lab.Context).PlanAsync("demo", null, "Resume-OpsTenant", default))!;
        File.WriteAllBytes(lab.Folder["plan.json"], PlanFile.Write(lift));
        Assert.Equal(137, await Probe.RunPlanAsync("before lift-endpoint-admin-done", lab.Folder.Path));
        Assert.Equal(acl, await lab.AclAsync());
        JournalEntry killed = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;

        await lab.SuspendAsync();
        Assert.Equal("{} False True Suspended", await lab.LookAsync());
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).ResumeAsync(killed, default));

        Assert.Equal("DriftDetected", error.ErrorId);
        Assert.Equal("{} False True Suspended", await lab.LookAsync());
        await lab.ResumeAsync();
        Assert.Equal(before, await lab.LookAsync());
    }

    /// <summary>Five minutes before it would be let in somebody suspends it for a breach, and does not say for how long.</summary>
    [Fact]
    public async Task Suspended_anew_without_an_end_it_has_none_any_more()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        string before = await lab.LookAsync();
        await lab.SuspendAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(2) });
        string id = lab.Find().Change!;
        lab.Clock.Later = TimeSpan.FromMinutes(115);

        ChangePlan plan = (await lab.PlanAsync("demo", new SuspendOptions { Reason = "breach" }))!;
        Assert.Contains(plan.Warnings, w => w.Contains("it stays suspended until Resume-OpsTenant", StringComparison.Ordinal));
        Assert.Equal("begin", Assert.Single(plan.Steps).Name);
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;

        Assert.Contains("no end any more", made.Summary);
        TenantRecord held = lab.Find();
        Assert.Equal((TenantStatus.Suspended, null, "breach", true), (held.Status, held.Until, held.Reason, held.IsProven));
        Assert.Contains("was taken away", held.Message);
        lab.Clock.Later = TimeSpan.FromHours(4);
        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, default);
        Assert.Equal("{} False True Suspended", await lab.LookAsync());
        Assert.Null(await lab.PlanAsync());
        await lab.ResumeAsync();
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task A_renewal_that_failed_is_not_called_proven()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.SuspendAsync();
        lab.Second.IsStale = true;
        lab.First.SuspendStatus = 500;

        Assert.Equal("TenantEndpointFailed", (await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync())).ErrorId);

        TenantRecord record = lab.Find();
        Assert.Equal((TenantStatus.Suspended, false), (record.Status, record.IsProven));
        Assert.Contains(record.Proofs, p => p.StartsWith("old token at the second", StringComparison.Ordinal) && p.EndsWith("serves (200)", StringComparison.Ordinal));
        Assert.True(((IVerdict)record).IsBad());
        (lab.Second.IsStale, lab.First.SuspendStatus) = (false, null);
        await lab.SuspendAsync();
        Assert.True(lab.Find().IsProven);
        await lab.ResumeAsync();
    }

    [Fact]
    public async Task A_lift_that_was_stopped_is_gone_on_with_by_what_is_due()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres, Schedule);
        string before = await lab.LookAsync();
        await lab.SuspendAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) });
        string id = lab.Find().Change!;
        using var stop = new CancellationTokenSource();
        lab.First.WhenResumed = stop.Cancel;
        lab.Clock.Later = TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1);

        Assert.Null(await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, stop.Token));

        JournalEntry stopped = lab.Context.Journal.Find(id)!;
        Assert.Equal(JournalOutcome.Waiting, stopped.Outcome);
        Assert.Contains("when it was stopped", stopped.Message);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains($"Resume-OpsChange {id} goes on with it", StringComparison.Ordinal));
        lab.First.WhenResumed = null;
        lab.Clock.Later += TimeSpan.FromMinutes(1);
        Assert.True(lab.Context.Journal.Find(id)!.Due <= lab.Clock.GetUtcNow());
        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(id)!, default);
        Assert.Equal(before, await lab.LookAsync());
    }
}
