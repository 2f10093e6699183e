using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Rollouts that fail, that are held, and that replace less than all; the statuses are those that a cluster 1.20 was seen to write.</summary>
public sealed class KubernetesRolloutTests : IDisposable
{
    private const string Late = "ReplicaSet \"api-2\" has timed out progressing.";

    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_rollout_beyond_its_deadline_is_seen_and_ends_the_waiting_at_once()
    {
        Failed();
        ServiceRecord api = await _lab.FindAsync("api");
        Assert.Equal((2, 2, ServiceState.Degraded, true), (api.Wanted, api.Ready, api.State, api.HasFailed));
        Assert.Equal(("example/app:1", "example/none:2", 1), (api.Image!, api.ImageWanted!, api.Updated!.Value));
        Assert.Equal($"ProgressDeadlineExceeded: {Late}", api.Problem);
        foreach (bool healthy in new[] { true, false })
        {
            OpsException failed = await WaitAsync("api", healthy);
            Assert.Equal("RolloutFailed", failed.ErrorId);
            Assert.Contains(Late[..^1], failed.Message);
        }
    }

    [Fact]
    public async Task What_was_asked_for_since_counts_anew()
    {
        Failed();
        _lab.Store.Change("deployments", "api", w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "example/app:3");
        ServiceRecord api = await _lab.FindAsync("api");
        Assert.Equal((false, true), (api.HasFailed, api.IsUpdating));
        Assert.Null(api.Problem);
    }

    [Fact]
    public async Task What_a_quota_refuses_is_said_of_deployments_and_of_stateful_sets()
    {
        const string refused = "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1";
        Deploy("web", 3, 1, KubeSamples.Condition("Progressing", "True", "ReplicaSetUpdated"), KubeSamples.Condition("ReplicaFailure", "True", "FailedCreate", refused));
        Assert.Equal($"FailedCreate: {refused}.", (await _lab.FindAsync("web")).Problem);
        JsonObject set = _lab.Store.Add("statefulsets", KubeSamples.Workload("StatefulSet", "db", 2));
        _lab.Store.Add("pods", KubeSamples.Pod("db-0", set));
        Assert.Null((await _lab.FindAsync("db")).Problem);
        _lab.Store.Add("events", KubeSamples.Event("FailedCreate", "StatefulSet", "db", $"create Pod db-1 in StatefulSet db failed error: {refused}", DateTimeOffset.UtcNow.AddMinutes(-1), "Warning"));
        _lab.Store.Add("events", KubeSamples.Event("FailedCreate", "Job", "other", "of another", DateTimeOffset.UtcNow.AddMinutes(-1), "Warning"));
        Assert.Contains("exceeded quota: q", (await _lab.FindAsync("db")).Problem);
        // When all pods are there, what was refused before is over.
        _lab.Store.Add("pods", KubeSamples.Pod("db-1", set));
        Assert.Null((await _lab.FindAsync("db")).Problem);
    }

    [Fact]
    public async Task A_job_that_gave_up_fails_at_once_and_one_that_is_done_is_there()
    {
        Job("good", KubeSamples.Condition("Complete", "True"), ("good-a", false), ("good-b", true));
        Job("gone", KubeSamples.Condition("Complete", "True"));
        Job("bad", KubeSamples.Condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit"), ("bad-a", false));
        Assert.True((await _lab.FindAsync("good")).IsDone);
        Assert.Equal(["gone", "good"], (await ArrivedAsync("good", "gone")).Order());
        // One pod of two is done, and the next one is not made yet.
        Job("half", null, ("half-a", true));
        Assert.Equal("ServiceNotHealthy", (await WaitAsync("half", true, TimeSpan.Zero)).ErrorId);
        OpsException failed = await WaitAsync("bad", true);
        Assert.Equal("JobFailed", failed.ErrorId);
        Assert.Contains("backoff limit", failed.Message);
    }

    [Fact]
    public async Task Of_on_delete_the_plan_replaces_nothing_and_waiting_does_not_call_old_pods_new()
    {
        Set("ondelete", new JsonObject { ["type"] = "OnDelete" }, pods: 2, updated: 0);
        ServiceRecord old = await _lab.FindAsync("ondelete");
        Assert.Equal((RolloutHold.OnDelete, 2, false), (old.Held, old.Ready, old.IsUpdating));
        ChangePlan plan = await PlanAsync("ondelete");
        Assert.Contains("Replace no pod by itself", plan.Summary);
        Assert.Contains("OnDelete", Assert.Single(plan.Warnings));
        Assert.Equal("RolloutHeld", (await WaitAsync("ondelete", true)).ErrorId);
        // Who waits for all there are is told, and does not wait for what nobody will do.
        var arrived = new List<string>();
        await new ServiceWaiter(_lab.Context(), _lab.Open()) { IsNamed = _ => false }.WaitAsync(["ondelete"], true, TimeSpan.FromMinutes(1), s => arrived.Add(s.Name), e => throw e, default);
        Assert.Equal(["ondelete"], arrived);
        Assert.Contains(_lab.Reporter.Warnings, w => w.Contains("0 of 2 are new"));
        // One by one they were deleted; the revisions stay apart for ever with this strategy.
        _lab.Store.Change("statefulsets", "ondelete", w => w["status"]!["updatedReplicas"] = 2);
        Assert.Equal(["ondelete"], await ArrivedAsync("ondelete"));
    }

    [Fact]
    public async Task A_daemon_set_of_on_delete_is_held_too()
    {
        JsonObject set = _lab.Store.Add("daemonsets", KubeSamples.Workload("DaemonSet", "agent").With(w =>
        {
            w["spec"]!["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" };
            w["status"] = new JsonObject { ["desiredNumberScheduled"] = 1, ["updatedNumberScheduled"] = 0, ["observedGeneration"] = 1 };
        }));
        _lab.Store.Add("pods", KubeSamples.Pod("agent-x", set));
        Assert.Equal("RolloutHeld", (await WaitAsync("agent", true)).ErrorId);
        Assert.Contains("Replace no pod by itself", (await PlanAsync("agent")).Summary);
    }

    [Fact]
    public async Task Of_a_partition_the_plan_counts_what_it_replaces()
    {
        Set("parted", new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["partition"] = 1 } }, pods: 2, updated: 1);
        ChangePlan plan = await PlanAsync("parted");
        Assert.Equal("Replace 1 of 2 pods, one after another; partition 1 keeps the others as they are", plan.Summary);
        Assert.Single(plan.Warnings);
        Assert.Equal(["parted"], await ArrivedAsync("parted"));
        Assert.Contains(_lab.Reporter.Warnings, w => w.Contains("a partition keeps older instances (1 of 2 is new)"));
        Set("all", new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["partition"] = 5 } }, pods: 2, updated: 0);
        Assert.Contains("Replace no pod", (await PlanAsync("all")).Summary);
    }

    [Fact]
    public async Task What_is_replaced_all_at_once_is_said_so()
    {
        Deploy("web", 2, 2, KubeSamples.Condition("Progressing", "True", "NewReplicaSetAvailable"));
        _lab.Store.Change("deployments", "web", w => w["spec"]!["strategy"] = new JsonObject { ["type"] = "Recreate" });
        Assert.Equal("Replace 2 pods, all at once: none serves meanwhile", (await PlanAsync("web")).Summary);
    }

    [Fact]
    public async Task A_paused_deployment_is_not_restarted_and_waiting_for_it_ends_at_once()
    {
        Deploy("web", 1, 0, KubeSamples.Condition("Progressing", "Unknown", "DeploymentPaused"));
        _lab.Store.Change("deployments", "web", w => w["spec"]!["paused"] = true);
        _lab.Store.Change("deployments", "web", w => w["status"]!["observedGeneration"] = 2);
        ServiceRecord web = await _lab.FindAsync("web");
        Assert.Equal((true, false, RolloutHold.Paused), (web.IsPaused, web.IsUpdating, web.Held));
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PlanAsync("web"));
        Assert.Equal("RolloutPaused", refused.ErrorId);
        Assert.Contains("kubectl rollout resume", refused.RecommendedAction);
        OpsException waited = await WaitAsync("web", true);
        Assert.Equal("RolloutPaused", waited.ErrorId);
        Assert.DoesNotContain("being replaced", waited.Message);
    }

    [Fact]
    public async Task Following_a_rollout_tells_each_step_and_what_is_to_have_none_is_done()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 3));
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "idle", 0));
        // kubectl, or CI, begins it.
        _lab.Store.Change("deployments", "api", w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "example/app:2");
        var arrived = new Dictionary<string, ServiceRecord>();
        await new ServiceWaiter(_lab.Context(), _lab.Open()) { Rollout = true }.WaitAsync(["api", "idle"], false, TimeSpan.FromMinutes(2), s => arrived[s.Name] = s, e => throw e, default);
        Assert.Equal(["api", "idle"], arrived.Keys.Order());
        Assert.Equal(("example/app:2", 3, false), (arrived["api"].Image, arrived["api"].Ready, arrived["api"].IsUpdating));
        Assert.Contains(_lab.Reporter.Details, d => d.Contains("instances are being replaced"));
    }

    [Fact]
    public async Task Where_pods_count_only_after_a_while_the_rollout_goes_on_until_then()
    {
        Deploy("web", 2, 2, KubeSamples.Condition("Progressing", "True", "ReplicaSetUpdated"));
        _lab.Store.Change("deployments", "web", w => (w["spec"]!["minReadySeconds"], w["status"]!["availableReplicas"], w["status"]!["observedGeneration"]) = (30, 1, 2));
        Assert.True((await _lab.FindAsync("web")).IsUpdating);
        _lab.Store.Change("deployments", "web", w => w["status"]!["availableReplicas"] = 2);
        Assert.False((await _lab.FindAsync("web")).IsUpdating);
    }

    [Fact]
    public async Task Who_may_not_see_autoscalers_is_warned_before_he_scales()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        _lab.Api.Forbidden["list horizontalpodautoscalers"] = true;
        Assert.Contains("may not list horizontalpodautoscalers", Assert.Single((await PlanAsync("api", ServiceChange.Scale, 5)).Warnings));
        Assert.Empty((await PlanAsync("api")).Warnings);
    }

    private async Task<ChangePlan> PlanAsync(string service, ServiceChange change = ServiceChange.Restart, int replicas = 0)
    {
        IServicePlatform platform = _lab.Open();
        ServiceRecord found = (await platform.ListAsync([service], default))[0];
        return new ServicePlanner(_lab.Context() with { Platforms = _ => platform }).Plan(change, found, new ServiceChangeOptions { Replicas = replicas })!;
    }

    /// <summary>Waits for one that cannot come; the time would be far longer than a test's.</summary>
    private async Task<OpsException> WaitAsync(string service, bool healthy, TimeSpan? timeout = null)
    {
        var failed = new List<OpsException>();
        await new ServiceWaiter(_lab.Context(), _lab.Open()).WaitAsync([service], healthy, timeout ?? TimeSpan.FromHours(1), s => Assert.Fail($"{s} is not there."), failed.Add, default);
        return Assert.Single(failed);
    }

    private async Task<List<string>> ArrivedAsync(params string[] services)
    {
        var arrived = new List<string>();
        await new ServiceWaiter(_lab.Context(), _lab.Open()).WaitAsync(services, true, TimeSpan.FromMinutes(2), s => arrived.Add(s.Name), e => throw e, default);
        return arrived;
    }

    private void Failed()
    {
        Deploy("api", 2, 2, KubeSamples.Condition("Available", "True", "MinimumReplicasAvailable"), KubeSamples.Condition("Progressing", "False", "ProgressDeadlineExceeded", Late));
        _lab.Store.Change("deployments", "api", w =>
        {
            w["spec"]!["progressDeadlineSeconds"] = 12;
            w["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "example/none:2";
            (w["status"]!["replicas"], w["status"]!["updatedReplicas"]) = (3, 1);
        });
        _lab.Store.Change("deployments", "api", w => w["status"]!["observedGeneration"] = 2);
        _lab.Store.Add("pods", KubeSamples.Pod("api-2-x", Owner("api-2"), KubeSamples.Container("app", "example/none:2")).With(p =>
        {
            p["status"]!["phase"] = "Pending";
            (p["status"]!["containerStatuses"]![0]!["state"], p["status"]!["containerStatuses"]![0]!["ready"]) = (KubeSamples.Waiting("ErrImagePull", "connection refused"), false);
        }));

        JsonObject Owner(string name) => _lab.Store.Add("replicasets", KubeSamples.Workload("ReplicaSet", name)
            .With(s => s["metadata"]!["ownerReferences"] = KubeSamples.Pod("x", _lab.Store.Find("deployments", "api"))["metadata"]!["ownerReferences"]!.DeepClone()));
    }

    private void Deploy(string name, int wanted, int pods, params JsonObject[] conditions)
    {
        JsonObject owner = _lab.Store.Add("deployments", KubeSamples.Workload("Deployment", name, wanted).With(w => w["status"] = new JsonObject
        {
            ["observedGeneration"] = 1, ["replicas"] = pods, ["updatedReplicas"] = pods, ["conditions"] = new JsonArray([.. conditions]),
        }));
        JsonObject set = _lab.Store.Add("replicasets", KubeSamples.Workload("ReplicaSet", name + "-1", pods).With(s => s["metadata"]!["ownerReferences"] = KubeSamples.Pod("x", owner)["metadata"]!["ownerReferences"]!.DeepClone()));
        for (int i = 0; i < pods; i++) _lab.Store.Add("pods", KubeSamples.Pod($"{name}-1-{i}", set));
    }

    private void Set(string name, JsonObject strategy, int pods, int updated)
    {
        JsonObject set = _lab.Store.Add("statefulsets", KubeSamples.Workload("StatefulSet", name, pods).With(w =>
        {
            w["spec"]!["updateStrategy"] = strategy;
            w["status"] = new JsonObject
            {
                ["observedGeneration"] = 1, ["replicas"] = pods, ["updatedReplicas"] = updated, ["currentRevision"] = "one", ["updateRevision"] = "two",
            };
        }));
        for (int i = 0; i < pods; i++) _lab.Store.Add("pods", KubeSamples.Pod($"{name}-{i}", set));
    }

    private void Job(string name, JsonObject? condition, params (string Pod, bool Well)[] pods)
    {
        JsonObject job = _lab.Store.Add("jobs", KubeSamples.Thing("Job", "batch/v1", name, new JsonObject()).With(j => j["status"] = new JsonObject { ["conditions"] = condition is null ? new JsonArray() : new JsonArray(condition) }));
        foreach ((string pod, bool well) in pods)
            _lab.Store.Add("pods", KubeSamples.Pod(pod, job).With(p =>
            {
                p["status"]!["phase"] = well ? "Succeeded" : "Failed";
                p["status"]!["containerStatuses"]![0]!["state"] = KubeSamples.Terminated(well ? 0 : 1, well ? "Completed" : "Error");
            }));
    }
}
