using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Nodes and the names inside a cluster, and what health says of them.</summary>
public sealed class KubernetesNodeTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_node_tells_what_it_has_what_is_asked_of_it_and_what_is_used()
    {
        AddNode("node-1");
        Ask("a", "node-1", "250m", "64Mi");
        Ask("b", "node-1", "1", "1Gi", p => p["metadata"]!["namespace"] = "elsewhere");
        Ask("done", "node-1", "4", "8Gi", p => p["status"]!["phase"] = "Succeeded");
        Ask("other", "node-2", "4", "8Gi");
        Ask("prepares", "node-1", "100m", "64Mi", p => p["spec"]!["initContainers"] = new JsonArray(Asking("500m", "16Mi")));
        _lab.Api.NodeMetrics = new JsonObject
        {
            ["kind"] = "NodeMetricsList", ["apiVersion"] = "metrics.k8s.io/v1beta1",
            ["items"] = new JsonArray(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "node-1" }, ["usage"] = new JsonObject { ["cpu"] = "1250000000n", ["memory"] = "2Gi" } }),
        };
        NodeRecord node = Assert.Single((await _lab.Open().ReadNodesAsync(true, default))!);
        Assert.Equal(("node-1", true, "Ready", "v1.20.2"), (node.Node, node.IsReady, node.State, node.Version!));
        Assert.Null(node.Problem);
        Assert.Equal((4d, 1.75, 1.25), (node.CpuAllocatable, node.CpuRequested!.Value, node.CpuUsed!.Value));
        Assert.Equal((8L << 30, (1024L + 64 + 64) << 20, 2L << 30), (node.MemoryAllocatableBytes, node.MemoryRequestedBytes!.Value, node.MemoryUsedBytes!.Value));
        Assert.Equal((110, 3), (node.PodsAllocatable, node.Pods!.Value));
        Assert.False(((IVerdict)node).IsBad());
    }

    [Fact]
    public async Task What_may_not_be_seen_of_nodes_is_left_out_and_said()
    {
        AddNode("node-1");
        _lab.Api.Forbidden["list pods everywhere"] = true;
        NodeRecord node = Assert.Single((await _lab.Open().ReadNodesAsync(true, default))!);
        Assert.True(node is { CpuRequested: null, Pods: null, CpuUsed: null });
        Assert.Contains(_lab.Reporter.Warnings, w => w.Contains("may not list pods"));
        Assert.Contains(_lab.Reporter.Warnings, w => w.Contains("no metrics server"));
        _lab.Api.Forbidden["list nodes"] = true;
        Assert.Contains("may not list nodes", (await Assert.ThrowsAsync<OpsException>(() => _lab.Open().ReadNodesAsync(true, default))).Message);
    }

    [Fact]
    public async Task A_node_that_is_not_ready_and_one_under_pressure_are_findings()
    {
        AddNode("away", ("Ready", "Unknown"));
        AddNode("full", ("Ready", "True"), ("DiskPressure", "True"), ("MemoryPressure", "False"));
        AddNode("kept", ("Ready", "True"));
        _lab.Store.Change("nodes", "kept", n => n["spec"]!["unschedulable"] = true);
        Dictionary<string, HealthResult> found = (await CheckAsync("node.state")).ToDictionary(r => r.Target);
        Assert.Equal([("away", HealthStatus.Unhealthy), ("full", HealthStatus.Degraded), ("kept", HealthStatus.Healthy)], found.Select(f => (f.Key, f.Value.Status)).Order());
        Assert.Contains("NotReady", found["away"].Message);
        Assert.Contains("DiskPressure", found["full"].Message);
        Assert.Contains("SchedulingDisabled", found["kept"].Message);
        // Who may see his namespace alone has no nodes to look after, unless he asks for them.
        _lab.Api.Forbidden["list nodes"] = true;
        Assert.DoesNotContain(await CheckAsync("node.state", "service.state"), r => r.Check == "node.state");
        HealthResult asked = Assert.Single(await CheckAsync("node.state"));
        Assert.Equal(HealthStatus.Unknown, asked.Status);
        Assert.Contains("may not list nodes", asked.Message);
    }

    [Fact]
    public async Task A_name_without_anybody_behind_it_is_told_from_one_that_nobody_wants()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "idle", 0));
        AddService("api", "api", ready: 1, notReady: 1);
        AddService("api-down", "api", ready: 0, notReady: 1);
        AddService("typo", "apii", ready: 0, notReady: 0);
        AddService("idle", "idle", ready: 0, notReady: 0);
        AddService("by-hand", null, ready: 0, notReady: 0);
        _lab.Store.Add("services", KubeSamples.Thing("Service", "v1", "outside", new JsonObject { ["type"] = "ExternalName", ["externalName"] = "db.example.net" }));
        Dictionary<string, HealthResult> found = (await CheckAsync("service.endpoints")).ToDictionary(r => r.Target);
        Assert.Equal(
        [
            ("service/api", HealthStatus.Healthy), ("service/api-down", HealthStatus.Unhealthy), ("service/by-hand", HealthStatus.Degraded),
            ("service/idle", HealthStatus.Healthy), ("service/typo", HealthStatus.Unhealthy),
        ], found.Select(f => (f.Key, f.Value.Status)).OrderBy(f => f.Key, StringComparer.Ordinal));
        Assert.Contains("app=apii", found["service/typo"].Message);
        Assert.Contains("1 of 2", found["service/api"].Message);
        Assert.Contains("idle", found["service/idle"].Message);
        _lab.Api.Forbidden["list endpoints"] = true;
        foreach (string[] checks in new[] { new[] { "service.endpoints" }, ["service.endpoints", "service.state"] })
            Assert.Equal(HealthStatus.Unknown, Assert.Single(await CheckAsync(checks), r => r.Check == "service.endpoints").Status);
        // What service.state says already is told once.
        _lab.Api.Forbidden["list deployments"] = true;
        Assert.DoesNotContain(await CheckAsync("service.endpoints", "service.state"), r => r.Check == "service.endpoints");
    }

    [Fact]
    public async Task Metrics_that_are_refused_are_told_from_pods()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        _lab.Api.Forbidden["list pods.metrics.k8s.io"] = true;
        IServicePlatform platform = _lab.Open();
        ServiceInstance pod = (await platform.ListAsync(null, default))[0].Instances[0];
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => platform.MeasureAsync(pod, default));
        Assert.Contains("may not list pods.metrics.k8s.io", refused.Message);
    }

    private async Task<IReadOnlyList<HealthResult>> CheckAsync(params string[] checks)
    {
        var results = new List<HealthResult>();
        OpsContext context = _lab.Context();
        await foreach (HealthResult result in new HealthTester(context).RunAsync(new HealthRequest { Checks = checks, Timeout = TimeSpan.FromMinutes(1) }, default)) results.Add(result);
        return results;
    }

    private void AddNode(string name, params (string Type, string Status)[] conditions) => _lab.Store.Add("nodes", KubeSamples.Thing("Node", "v1", name, new JsonObject()).With(n => n["status"] = new JsonObject
    {
        ["allocatable"] = new JsonObject { ["cpu"] = "4", ["memory"] = "8Gi", ["pods"] = "110" },
        ["nodeInfo"] = new JsonObject { ["kubeletVersion"] = "v1.20.2" },
        ["conditions"] = new JsonArray([.. (conditions.Length == 0 ? [("Ready", "True")] : conditions).Select(c => KubeSamples.Condition(c.Item1, c.Item2))]),
    }));

    private static JsonObject Asking(string cpu, string memory) => KubeSamples.Container("c").With(c => c["resources"] = new JsonObject
    {
        ["requests"] = new JsonObject { ["cpu"] = cpu, ["memory"] = memory },
    });

    private void Ask(string name, string node, string cpu, string memory, Action<JsonObject>? more = null) => _lab.Store.Add("pods", KubeSamples.Pod(name, null, Asking(cpu, memory)).With(p =>
    {
        p["spec"]!["nodeName"] = node;
        more?.Invoke(p);
    }));

    private void AddService(string name, string? app, int ready, int notReady)
    {
        var spec = new JsonObject { ["type"] = "ClusterIP" };
        if (app is not null) spec["selector"] = new JsonObject { ["app"] = app };
        _lab.Store.Add("services", KubeSamples.Thing("Service", "v1", name, spec));
        if (ready + notReady == 0) return;
        _lab.Store.Add("endpoints", new JsonObject
        {
            ["kind"] = "Endpoints", ["apiVersion"] = "v1", ["metadata"] = new JsonObject { ["name"] = name },
            ["subsets"] = new JsonArray(new JsonObject { ["addresses"] = Some(ready, 1), ["notReadyAddresses"] = Some(notReady, 100) }),
        });

        static JsonArray Some(int count, int from) => new([.. Enumerable.Range(from, count).Select(i => new JsonObject { ["ip"] = $"10.0.0.{i}" })]);
    }
}
