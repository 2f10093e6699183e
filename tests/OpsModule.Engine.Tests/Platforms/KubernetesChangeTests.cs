using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Workloads are stopped, started, scaled and restarted through the real kubectl; reduced controllers replace the pods.</summary>
public sealed class KubernetesChangeTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task What_is_stopped_comes_back_with_as_many_as_it_had(string kind)
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload(kind, "api", 3));
        using IServicePlatform platform = _lab.Open();
        var control = new ServiceControl(_lab.Context(), platform);
        ServiceRecord api = await OneAsync(platform);
        Assert.Equal("Go from 3 replicas to 0, and remember 3 for the next start", platform.Plan(api, ServiceChange.Stop));
        Assert.Null(platform.Plan(api, ServiceChange.Start));
        ServiceRecord stopped = await control.StopAsync(api, TimeSpan.Zero, default);
        Assert.Equal((0, ServiceState.Stopped), (stopped.Wanted, stopped.State));
        Assert.Null(platform.Plan(stopped, ServiceChange.Stop));
        Assert.Equal("Go from 0 replicas to 3", platform.Plan(stopped, ServiceChange.Start));
        Assert.Equal(3, (await control.StartAsync(stopped, default)).Wanted);
        Assert.Equal(3, (await WaitAsync(platform)).Ready);
        Assert.Null(_lab.Store.Find(kind == "Deployment" ? "deployments" : "statefulsets", "api")!["metadata"]!["annotations"]!["opsmodule/replicas"]);
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task A_restart_replaces_every_pod_and_waiting_is_over_only_then(string kind)
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload(kind, "api", 3));
        using IServicePlatform platform = _lab.Open();
        ServiceRecord before = await OneAsync(platform);
        Assert.Equal("Replace 3 pods, one after another", platform.Plan(before, ServiceChange.Restart));
        _lab.Api.Controllers.IsHeld = true;
        ServiceRecord told = await new ServiceControl(_lab.Context(), platform).RestartAsync(before, TimeSpan.Zero, default);
        // The old ones still serve; a wait that only counted would be over at once.
        Assert.True(told.IsUpdating);
        _lab.Api.Controllers.IsHeld = false;
        ServiceRecord after = await WaitAsync(platform);
        Assert.Equal((3, 3, false), (after.Ready, after.Instances.Count, after.IsUpdating));
        string[] revisions = [.. before.Instances.Select(i => i.Labels["revision"]).Distinct()];
        Assert.DoesNotContain(after.Instances, i => revisions.Contains(i.Labels["revision"]));
        Assert.Contains("kubectl.kubernetes.io/restartedAt", _lab.Store.Find(kind == "Deployment" ? "deployments" : "statefulsets", "api")!["spec"]!["template"]!["metadata"]!["annotations"]!.ToJsonString());
    }

    [Fact]
    public async Task Waiting_for_a_rollout_that_is_stuck_says_so()
    {
        _lab.Store.Add("deployments", KubeSamples.Workload("Deployment", "api").With(w => w["status"] = new System.Text.Json.Nodes.JsonObject { ["observedGeneration"] = 1, ["replicas"] = 2, ["updatedReplicas"] = 1 }));
        var failed = new List<OpsException>();
        await new ServiceWaiter(_lab.Context(), _lab.Open()).WaitAsync(["api"], true, TimeSpan.Zero, _ => Assert.Fail("It is not there."), failed.Add, default);
        Assert.Contains("instances are being replaced", Assert.Single(failed).Message);
    }

    [Fact]
    public async Task The_scale_subresource_sets_the_replicas_and_none_are_remembered()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        using IServicePlatform platform = _lab.Open();
        var control = new ServiceControl(_lab.Context(), platform);
        ServiceRecord api = await OneAsync(platform);
        Assert.Null(platform.Plan(api, ServiceChange.Scale, 1));
        Assert.Equal("Go from 1 replica to 4", platform.Plan(api, ServiceChange.Scale, 4));
        await control.ScaleAsync(api, 4, default);
        Assert.Equal(4, (await WaitAsync(platform)).Ready);
        Assert.Contains(_lab.Api.Requests, r => r.StartsWith("PATCH", StringComparison.Ordinal) && r.Contains("/deployments/api/scale"));
        Assert.Equal(0, (await control.ScaleAsync(api, 0, default)).Wanted);
        Assert.Equal("Go from 0 replicas to 4", platform.Plan(await OneAsync(platform), ServiceChange.Start));
    }

    [Fact]
    public async Task Where_an_autoscaler_decides_nobody_else_does()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        _lab.Store.Add("horizontalpodautoscalers", KubeSamples.Autoscaler("Deployment", "api", 2, 10, 2));
        using IServicePlatform platform = _lab.Open();
        ServiceRecord api = await OneAsync(platform);
        Assert.Equal("ScaleGoverned", Assert.Throws<OpsException>(() => platform.Plan(api, ServiceChange.Scale, 5)).ErrorId);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => platform.ScaleAsync(TestScope.Instance, api, 5, default));
        Assert.Equal("ScaleGoverned", refused.ErrorId);
        Assert.Contains("kubectl edit hpa api", refused.RecommendedAction);
        Assert.Equal(2, (int)_lab.Store.Find("deployments", "api")!["spec"]!["replicas"]!);
    }

    [Fact]
    public async Task A_daemon_set_is_neither_scaled_nor_stopped()
    {
        _lab.Store.Add("daemonsets", KubeSamples.Workload("DaemonSet", "agent").With(w => w["status"] = new System.Text.Json.Nodes.JsonObject { ["desiredNumberScheduled"] = 2, ["updatedNumberScheduled"] = 2, ["observedGeneration"] = 1 }));
        _lab.Store.Add("jobs", KubeSamples.Thing("Job", "batch/v1", "once", []));
        using IServicePlatform platform = _lab.Open();
        IReadOnlyList<ServiceRecord> all = await platform.ListAsync(null, default);
        Assert.Equal((2, ServiceState.Down), (all[0].Wanted, all[0].State));
        Assert.Equal("ScaleUnsupported", Assert.Throws<OpsException>(() => platform.Plan(all[0], ServiceChange.Stop)).ErrorId);
        Assert.Equal("ScaleUnsupported", (await Assert.ThrowsAsync<OpsException>(() => platform.ScaleAsync(TestScope.Instance, all[0], 1, default))).ErrorId);
        Assert.Equal("RestartUnsupported", (await Assert.ThrowsAsync<OpsException>(() => platform.RestartAsync(TestScope.Instance, all[1], default, default))).ErrorId);
        await platform.RestartAsync(TestScope.Instance, all[0], default, default);
        Assert.Equal(2, (int)_lab.Store.Find("daemonsets", "agent")!["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task What_went_away_in_between_is_said()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        using IServicePlatform platform = _lab.Open();
        ServiceRecord api = await OneAsync(platform);
        _lab.Store.Remove("deployments", "api");
        Assert.Equal("ServiceNotFound", (await Assert.ThrowsAsync<OpsException>(() => platform.ScaleAsync(TestScope.Instance, api, 1, default))).ErrorId);
    }

    private static async Task<ServiceRecord> OneAsync(IServicePlatform platform) => (await platform.ListAsync(["api"], default))[0];

    private async Task<ServiceRecord> WaitAsync(IServicePlatform platform)
    {
        ServiceRecord? found = null;
        await new ServiceWaiter(_lab.Context(), platform).WaitAsync(["api"], true, TimeSpan.FromMinutes(2), s => found = s, e => throw e, default);
        return found!;
    }
}
