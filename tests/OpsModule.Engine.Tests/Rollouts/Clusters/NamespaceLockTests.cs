using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Clusters;

/// <summary>The Lease in the namespace keeps two machines from rolling out one service.</summary>
public sealed class NamespaceLockTests : IDisposable
{
    private readonly WorkloadLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task One_that_another_holds_keeps_us_out_and_nothing_is_changed()
    {
        await _lab.KeepAsync("Deployment");
        using OpsModule.Engine.Changes.OpsContext context = _lab.Cluster.Context();
        var plan = (await _lab.PlanAsync(context, new RolloutOptions { Image = WorkloadLab.New }))!;
        Hold(DateTimeOffset.UtcNow);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new OpsModule.Engine.Changes.ChangeRunner(context).RunAsync(plan, default));
        Assert.Equal("RolloutUnderWay", error.ErrorId);
        Assert.Contains("alice@far/20260101", error.Message);
        Assert.Equal(WorkloadLab.Old, _lab.Image());
        Assert.Contains(await _lab.CheckAsync(), f => f is { Code: "Locked", Effect: RolloutEffect.Refused });
        Assert.Equal("alice@far/20260101", (string)_lab.Store.Find("leases", "opsmodule-api")!["spec"]!["holderIdentity"]!);
    }

    [Fact]
    public async Task One_that_nobody_renews_any_more_is_taken_over_and_that_is_told()
    {
        await _lab.KeepAsync("Deployment");
        Hold(DateTimeOffset.UtcNow.AddMinutes(-5), seconds: 2);
        (RolloutResult result, _) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        Assert.Equal(RolloutOutcome.Done, result.Outcome);
        Assert.Contains(_lab.Cluster.Reporter.Warnings, w => w.Contains("taken over"));
        Assert.Equal(1, (int)_lab.Store.Find("leases", "opsmodule-api")!["spec"]!["leaseTransitions"]!);
    }

    [Fact]
    public async Task A_missing_right_to_leases_is_told_and_does_not_pass_for_a_lock()
    {
        await _lab.KeepAsync("Deployment");
        foreach (string verb in new[] { "get", "create" }) _lab.Api.Forbidden[$"{verb} leases"] = true;
        Assert.Contains(await _lab.CheckAsync(), f => f.Code == "LockUnseen" && f.Words.Contains("may not get leases"));
        (RolloutResult result, _) = await _lab.UpdateAsync(new RolloutOptions { Image = WorkloadLab.New });
        Assert.Contains("Nothing keeps another machine", result.Words);
        Assert.Contains(_lab.Cluster.Reporter.Warnings, w => w.Contains("Nothing keeps another machine"));
        Assert.Empty(_lab.Store.List("leases"));
    }

    private void Hold(DateTimeOffset renewed, int seconds = 30) => _lab.Store.Add("leases", KubeSamples.Thing("Lease", "coordination.k8s.io/v1", "opsmodule-api", new JsonObject
    {
        ["holderIdentity"] = "alice@far/20260101", ["leaseDurationSeconds"] = seconds, ["acquireTime"] = KubeSamples.Time(renewed), ["renewTime"] = KubeSamples.Time(renewed),
        ["leaseTransitions"] = 0,
    }));
}
