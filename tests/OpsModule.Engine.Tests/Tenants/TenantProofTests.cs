using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>What proofs say when somebody does not answer, answers late, or cannot be asked.</summary>
[Collection(PostgresTenants.Name)]
public sealed class TenantProofTests(PostgresFixture postgres)
{
    /// <summary>An instance that starts anew is none that refuses others: the tenant is not let in again for it.</summary>
    [Fact]
    public async Task Where_others_cannot_be_asked_the_tenant_stays_cut_off()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        ChangePlan plan = (await lab.PlanAsync())!;
        lab.First.WhenSuspended = () => lab.Second.Says = tenant => tenant == "acme" ? 503 : null;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default));

        Assert.Equal("TenantNotProven", error.ErrorId);
        Assert.Contains("tenant acme: old token at the second", error.Message);
        Assert.Equal("{} False True Unfinished", await lab.LookAsync());
        lab.Second.Says = null;
        await new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!, default);
        Assert.Equal((TenantStatus.Suspended, true), (lab.Find().Status, lab.Find().IsProven));
        await lab.ResumeAsync();
    }

    [Fact]
    public async Task An_instance_that_answers_in_a_moment_is_waited_for_before_anything_is_done()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        ChangePlan plan = (await lab.PlanAsync())!;
        int asked = 0;
        lab.Second.Says = _ => Interlocked.Increment(ref asked) <= 3 ? 503 : null;

        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        Assert.True(lab.Find().IsProven);
        await lab.ResumeAsync();
    }

    [Fact]
    public async Task That_it_took_longer_than_it_may_is_said()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        lab.First.WhenSuspended = () => lab.Clock.Later += TimeSpan.FromSeconds(30);

        ChangeResult made = (await lab.SuspendAsync())!;

        Assert.Contains("longer than 2.0 s (tenants.within)", made.Summary);
        TenantRecord record = lab.Find();
        Assert.Contains("longer than 2.0 s (tenants.within)", record.Message);
        Assert.Contains(record.Proofs, p => p.StartsWith("it took 3", StringComparison.Ordinal));
        await lab.ResumeAsync();
    }

    [Fact]
    public async Task An_instance_of_others_that_is_away_does_not_make_the_tenant_late()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        int away = 0;
        lab.Second.Says = name =>
        {
            if (name != "acme" || !lab.First.Suspended.GetValueOrDefault("demo")) return null;
            if (++away < 5) return 503;
            // By then demo is refused long since: what the others take is not its time.
            if (away == 5) lab.Clock.Later += TimeSpan.FromSeconds(30);
            return null;
        };

        ChangeResult made = (await lab.SuspendAsync())!;

        Assert.True(away >= 5);
        Assert.DoesNotContain("longer than", made.Summary);
        Assert.Contains("acme, beta served as before", lab.Find().Proofs);
        await lab.ResumeAsync();
    }

    [Fact]
    public async Task A_token_that_has_ended_since_makes_nothing_bad_and_is_said()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.SuspendAsync();
        lab.Folder.Write("tokens/demo.token", TokenExpiryTests.Token(DateTimeOffset.UtcNow.AddSeconds(-5)));

        HealthResult health = await lab.HealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Contains("it was not asked now", health.Message);
        Assert.Contains("has ended at", health.Message);

        TenantRecord back = await lab.ResumeAsync();
        Assert.Equal((TenantStatus.Active, null), (back.Status, back.IsProven));
        Assert.Contains(back.Proofs, p => p.Contains("was not asked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_no_proof_is_a_get_health_says_that_it_did_not_ask()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        File.WriteAllText(lab.Folder["ops.yaml"], File.ReadAllText(lab.Folder["ops.yaml"]).Replace(", request:", ", method: POST, request:"));
        using OpsContext context = KilledLab.ContextOf(lab.Folder.Path);
        await new ChangeRunner(context).RunAsync((await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default);

        HealthResult health = await lab.HealthAsync(context);

        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Contains("it was not asked now: no proof is a GET", health.Message);
    }

    /// <summary>Whoever stops it while it is proven is told what is left, and by which id it is gone on with.</summary>
    [Fact]
    public async Task Stopped_while_it_is_proven_it_stays_cut_off_and_its_id_is_told()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        ChangePlan plan = (await lab.PlanAsync())!;
        using var stop = new CancellationTokenSource();
        lab.First.WhenSuspended = () => lab.Second.Says = tenant =>
        {
            if (tenant == "demo") stop.Cancel();
            return null;
        };
        var runner = new ChangeRunner(lab.Context);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.RunAsync(plan, stop.Token));

        lab.Second.Says = null;
        Assert.Equal("{} False True Unfinished", await lab.LookAsync());
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains($"Resume-OpsChange {runner.Latest} proves it", StringComparison.Ordinal));
        await runner.UndoAsync(lab.Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task Kinds_that_stay_open_when_they_are_stopped_tell_the_id()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        ChangePlan plan = (await lab.PlanAsync())!;

        foreach (string kind in new[] { SuspendTenant.KindName, RotateInPhases.KindName, LockDownEnvironment.KindName })
            Assert.Contains("Resume-OpsChange the-id", ChangeKind.Registered.Single(k => k.Name == kind).WhenLeftOpen(lab.Context, plan, "the-id"));
    }
}
