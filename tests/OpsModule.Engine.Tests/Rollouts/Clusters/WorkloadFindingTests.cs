using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Clusters;

/// <summary>What stands against a rollout of a workload is told, or refused, before anything is changed.</summary>
public sealed class WorkloadFindingTests : IDisposable
{
    private readonly WorkloadLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("Deployment", "Paused", RolloutEffect.Refused, "kubectl rollout resume")]
    [InlineData("StatefulSet", "OnDelete", RolloutEffect.Refused, "RollingUpdate")]
    [InlineData("StatefulSet", "Partition", RolloutEffect.Told, null)]
    [InlineData("Deployment", "StopFirst", RolloutEffect.StopFirst, "maxSurge 1")]
    [InlineData("Deployment", "NoReadinessProbe", RolloutEffect.Told, "readinessProbe")]
    [InlineData("Deployment", "NoInstances", RolloutEffect.Told, "Start-OpsService")]
    [InlineData("Deployment", "NoRevisions", RolloutEffect.Told, "revisionHistoryLimit")]
    [InlineData("Deployment", "KeptByOthers", RolloutEffect.Told, "hold Argo CD")]
    [InlineData("Deployment", "DisruptionBudget", RolloutEffect.Told, "maxUnavailable 0")]
    [InlineData("StatefulSet", "DisruptionBudget", RolloutEffect.Told, "quiet hour")]
    public async Task A_finding_is_there_when_its_cause_is_and_not_without(string kind, string code, RolloutEffect effect, string? remedy)
    {
        await _lab.KeepAsync(kind);
        Assert.DoesNotContain(await _lab.CheckAsync(), f => f.Code == code);
        Cause(code, WorkloadLab.Resource(kind));
        RolloutFinding found = Assert.Single(await _lab.CheckAsync(), f => f.Code == code);
        Assert.Equal(effect, found.Effect);
        if (remedy is not null) Assert.Contains(remedy, found.Remedy);
        if (effect != RolloutEffect.Refused) return;
        using OpsContext context = _lab.Cluster.Context();
        Assert.Equal("RolloutRefused", (await Assert.ThrowsAsync<OpsException>(() => _lab.PlanAsync(context, new RolloutOptions { Image = WorkloadLab.New }))).ErrorId);
        Assert.Equal(WorkloadLab.Old, _lab.Image(kind));
    }

    [Fact]
    public async Task An_autoscaler_is_told_and_warned_of_where_it_goes_by_what_is_changed()
    {
        await _lab.KeepAsync("Deployment");
        JsonObject scaler = KubeSamples.Autoscaler("Deployment", "api", 2, 5, 2);
        scaler["spec"]!["metrics"] = new JsonArray(new JsonObject { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = "cpu" } });
        _lab.Store.Add("horizontalpodautoscalers", scaler);
        Assert.Null(Assert.Single(await _lab.CheckAsync(), f => f.Code == "Autoscaler").Remedy);
        using OpsContext context = _lab.Cluster.Context();
        var planner = new Areas.Rollouts.Clusters.WorkloadPlanner(context, _lab.Rollout);
        var plan = (await planner.PlanLimitsAsync("api", null, "250m", new RolloutOptions(), default))!;
        Assert.Contains(plan.Warnings, w => w.Contains("goes by cpu"));
    }

    [Fact]
    public async Task A_budget_that_the_rollout_keeps_to_and_one_of_other_pods_are_not_told()
    {
        await _lab.KeepAsync("Deployment");
        Budget(new JsonObject { ["app"] = "api" }, "maxUnavailable", 0);
        Budget(new JsonObject { ["app"] = "other" }, "minAvailable", 9, "other");
        Assert.DoesNotContain(await _lab.CheckAsync(), f => f.Code == "DisruptionBudget");
        _lab.Api.Forbidden["list poddisruptionbudgets"] = true;
        Assert.Contains(await _lab.CheckAsync(), f => f.Code == "BudgetsUnseen");
    }

    [Fact]
    public async Task What_the_cluster_would_refuse_is_known_before()
    {
        await _lab.KeepAsync("Deployment");
        _lab.Api.Forbidden["patch deployments"] = true;
        RolloutFinding found = Assert.Single(await _lab.CheckAsync(), f => f.Code == "RefusedByCluster");
        Assert.Contains("may not patch deployments", found.Words);
    }

    [Fact]
    public async Task Where_several_containers_could_be_meant_one_must_be_named()
    {
        await _lab.KeepAsync("Deployment", more: w => w["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Add(KubeSamples.Container("proxy", "registry.example.net/proxy:3")));
        using OpsContext context = _lab.Cluster.Context();
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => _lab.PlanAsync(context, new RolloutOptions { Tag = "2" }));
        Assert.Equal("WorkloadContainerUnknown", error.ErrorId);
        Assert.Contains("app, proxy", error.RecommendedAction);
        Assert.Equal("app", (await _lab.PlanAsync(context, new RolloutOptions { Image = WorkloadLab.New }))!.Arguments["container"]);
        Assert.Equal("registry.example.net/proxy:4", (await _lab.PlanAsync(context, new RolloutOptions { Tag = "4", Container = "proxy" }))!.Arguments["image"]);
    }

    private void Cause(string code, string resource)
    {
        if (code == "DisruptionBudget")
        {
            Budget(new JsonObject { ["app"] = "api" }, "maxUnavailable", 0);
            if (resource == "statefulsets") return;
        }
        _lab.Store.Change(resource, "api", w =>
        {
            JsonNode spec = w["spec"]!, container = spec["template"]!["spec"]!["containers"]![0]!;
            switch (code)
            {
                case "Paused": spec["paused"] = true; break;
                case "OnDelete": spec["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" }; break;
                case "Partition": spec["updateStrategy"] = new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["partition"] = 1 } }; break;
                case "StopFirst": spec["strategy"] = new JsonObject { ["type"] = "Recreate" }; break;
                case "NoReadinessProbe": container.AsObject().Remove("readinessProbe"); break;
                case "NoInstances": spec["replicas"] = 0; break;
                case "NoRevisions": spec["revisionHistoryLimit"] = 0; break;
                case "KeptByOthers": w["metadata"]!["annotations"]!["argocd.argoproj.io/tracking-id"] = "shop:apps/Deployment:shop/api"; break;
                default: spec["strategy"] = new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = "50%", ["maxSurge"] = 0 } }; break;
            }
        });
    }

    private void Budget(JsonObject labels, string which, int amount, string name = "api") => _lab.Store.Add("poddisruptionbudgets",
        KubeSamples.Thing("PodDisruptionBudget", "policy/v1", name, new JsonObject { [which] = amount, ["selector"] = new JsonObject { ["matchLabels"] = labels } }));
}
