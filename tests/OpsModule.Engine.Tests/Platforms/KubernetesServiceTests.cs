using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Services of a namespace: the real kubectl asks an API server of this process.</summary>
public sealed class KubernetesServiceTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_deployment_is_shown_with_its_pods()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        _lab.Store.Add("horizontalpodautoscalers", KubeSamples.Autoscaler("Deployment", "api", 2, 10, 2));
        // Of the same label, and nobody's.
        _lab.Store.Add("pods", KubeSamples.Pod("stray").With(p => p["metadata"]!["labels"] = new JsonObject { ["app"] = "api" }));
        IReadOnlyList<ServiceRecord> all = await _lab.Open().ListAsync(null, default);
        Assert.Equal(["api", "stray"], all.Select(s => s.Name));
        ServiceRecord api = all[0];
        Assert.Equal(("Deployment", 2, 2, ServiceState.Running, "example/app:1"), (api.Kind, api.Wanted, api.Ready, api.State, api.Image));
        Assert.Equal((KubeSamples.Digest, InstanceHealth.Healthy, false, 0), (api.ImageDigest, api.Health, api.IsUpdating, api.Restarts));
        Assert.Equal("HorizontalPodAutoscaler api: 2 to 10, now 2", api.Autoscaler);
        Assert.Equal(["8080/tcp"], api.Ports.Select(p => p.ToString()));
        Assert.NotNull(api.StartedAt);
        Assert.Equal(128 * 1024 * 1024, api.Instances[0].MemoryLimitBytes);
        Assert.Equal("Pod", all[1].Kind);
    }

    [Theory]
    [InlineData("ImagePullBackOff", InstanceState.Pending, ServiceState.Down)]
    [InlineData("ErrImagePull", InstanceState.Pending, ServiceState.Down)]
    [InlineData("ErrImageNeverPull", InstanceState.Pending, ServiceState.Down)]
    [InlineData("InvalidImageName", InstanceState.Pending, ServiceState.Down)]
    [InlineData("CrashLoopBackOff", InstanceState.Restarting, ServiceState.Down)]
    [InlineData("CreateContainerConfigError", InstanceState.Pending, ServiceState.Down)]
    [InlineData("CreateContainerError", InstanceState.Pending, ServiceState.Down)]
    [InlineData("RunContainerError", InstanceState.Pending, ServiceState.Down)]
    [InlineData("ContainerCreating", InstanceState.Pending, ServiceState.Starting)]
    [InlineData("PodInitializing", InstanceState.Pending, ServiceState.Starting)]
    public async Task What_keeps_a_pod_from_running_is_said(string reason, InstanceState state, ServiceState whole)
    {
        ServiceInstance pod = await OneAsync(p => Container(p, c =>
        {
            (c["state"], c["lastState"], c["restartCount"], c["ready"]) = (KubeSamples.Waiting(reason), KubeSamples.Terminated(3, "Error"), 5, false);
        }, "Pending"), whole);
        Assert.Equal((state, reason, 5, InstanceHealth.None), (pod.State, pod.Reason, pod.Restarts, pod.Health));
        Assert.Equal(whole == ServiceState.Down && state == InstanceState.Pending, pod.IsStuck);
        Assert.Equal(state == InstanceState.Restarting ? 3 : null, pod.ExitCode);
    }

    [Fact]
    public async Task A_pod_without_a_node_and_one_that_goes_are_told_apart()
    {
        ServiceInstance waiting = await OneAsync(p =>
        {
            p["status"] = new JsonObject { ["phase"] = "Pending", ["conditions"] = new JsonArray(KubeSamples.Condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient memory.")) };
        }, ServiceState.Down);
        Assert.Equal((InstanceState.Pending, "Unschedulable", true), (waiting.State, waiting.Reason, waiting.IsStuck));
        Assert.Contains("Insufficient memory", waiting.Detail);
        ServiceInstance going = await OneAsync(p => p["metadata"]!["deletionTimestamp"] = KubeSamples.Time(DateTimeOffset.UtcNow), ServiceState.Down);
        Assert.Equal((InstanceState.Dead, "Terminating", false), (going.State, going.Reason, going.IsReady));
    }

    [Fact]
    public async Task Want_of_memory_and_restarts_are_told_of_what_runs_again()
    {
        ServiceInstance pod = await OneAsync(p => Container(p, c => (c["lastState"], c["restartCount"]) = (KubeSamples.Terminated(137, "OOMKilled"), 2)), ServiceState.Running);
        Assert.Equal((InstanceState.Running, true, 2, true), (pod.State, pod.OutOfMemory, pod.Restarts, pod.IsReady));
        Assert.Null(pod.ExitCode);
    }

    [Theory]
    [InlineData(-5, true, InstanceHealth.Starting)]
    [InlineData(-600, true, InstanceHealth.Unhealthy)]
    [InlineData(-600, false, InstanceHealth.Starting)]
    public async Task A_pod_that_is_not_ready_is_starting_for_as_long_as_its_probe_allows(int seconds, bool started, InstanceHealth health)
    {
        ServiceInstance pod = await OneAsync(p =>
        {
            Container(p, c => (c["state"], c["ready"], c["started"]) = (new JsonObject { ["running"] = new JsonObject { ["startedAt"] = KubeSamples.Time(DateTimeOffset.UtcNow.AddSeconds(seconds)) } }, false, started));
            p["status"]!["conditions"] = new JsonArray(KubeSamples.Condition("Ready", "False"));
        }, health == InstanceHealth.Starting ? ServiceState.Starting : ServiceState.Down);
        Assert.Equal((InstanceState.Running, health), (pod.State, pod.Health));
    }

    [Fact]
    public async Task Of_a_cron_job_the_last_run_counts()
    {
        JsonObject cron = _lab.Store.Add("cronjobs", KubeSamples.Thing("CronJob", "batch/v1", "report", new JsonObject { ["schedule"] = "0 3 * * *" }));
        AddRun(cron, "report-1", -120, "Failed");
        AddRun(cron, "report-2", -60, "Complete");
        ServiceRecord done = await _lab.FindAsync("report");
        Assert.Equal(("CronJob", 0, ServiceState.Stopped, "report-2-x"), (done.Kind, done.Wanted, done.State, Assert.Single(done.Instances).Name));
        Assert.True(done.Instances[0].IsDone);
        AddRun(cron, "report-3", -1, "Failed");
        ServiceRecord failed = await _lab.FindAsync("report");
        Assert.Equal((1, ServiceState.Down, "report-3-x", 1), (failed.Wanted, failed.State, failed.Instances[0].Name, failed.Instances[0].ExitCode!.Value));
    }

    /// <summary>ttlSecondsAfterFinished and failedJobsHistoryLimit: 0 leave no run to look at.</summary>
    [Theory]
    [InlineData(-60, null, false, ServiceState.Down)]
    [InlineData(-60, -1500, false, ServiceState.Down)]
    [InlineData(-60, -59, false, ServiceState.Stopped)]
    [InlineData(-60, null, true, ServiceState.Stopped)]
    [InlineData(0, null, false, ServiceState.Stopped)]
    [InlineData(null, null, false, ServiceState.Stopped)]
    public async Task Of_a_run_that_failed_and_was_cleaned_away_its_cron_job_tells(int? begun, int? succeeded, bool isSuspended, ServiceState state)
    {
        _lab.Store.Add("cronjobs", KubeSamples.Thing("CronJob", "batch/v1", "report", new JsonObject { ["schedule"] = "0 3 * * *", ["suspend"] = isSuspended }).With(c =>
        {
            var status = new JsonObject();
            if (begun is { } at) status["lastScheduleTime"] = KubeSamples.Time(DateTimeOffset.UtcNow.AddMinutes(at));
            if (succeeded is { } well) status["lastSuccessfulTime"] = KubeSamples.Time(DateTimeOffset.UtcNow.AddMinutes(well));
            c["status"] = status;
        }));
        ServiceRecord report = await _lab.FindAsync("report");
        Assert.Equal(state, report.State);
        if (state == ServiceState.Down) Assert.Contains("did not end well", report.Problem);
        else Assert.Null(report.Problem);
    }

    [Fact]
    public async Task Kinds_that_share_a_name_are_told_apart_and_pods_of_an_operator_are_shown()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "db"));
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("StatefulSet", "db").With(w => w["spec"]!["template"]!["metadata"]!["labels"]!["app"] = "db2"));
        JsonObject cluster = KubeSamples.Thing("Cluster", "postgresql.example.net/v1", "main").With(c => c["metadata"]!["uid"] = "u1");
        _lab.Store.Add("pods", KubeSamples.Pod("main-1", cluster));
        IReadOnlyList<ServiceRecord> all = await _lab.Open().ListAsync(null, default);
        Assert.Equal(["deployment/db", "main", "statefulset/db"], all.Select(s => s.Name));
        Assert.Equal(("Cluster", 1, 1), (all[1].Kind, all[1].Wanted, all[1].Ready));
        Assert.Equal("statefulset/db", (await _lab.FindAsync("statefulset/db")).Name);
    }

    [Fact]
    public async Task Who_may_not_see_autoscalers_sees_the_rest()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api"));
        _lab.Api.Forbidden["list horizontalpodautoscalers"] = true;
        Assert.Equal(1, (await _lab.FindAsync("api")).Ready);
        Assert.Contains(_lab.Reporter.Details, d => d.Contains("may not list horizontalpodautoscalers"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_jobs_that_may_not_be_seen_the_pods_tell(bool cronJobs)
    {
        JsonObject cron = _lab.Store.Add("cronjobs", KubeSamples.Thing("CronJob", "batch/v1", "nightly", new JsonObject { ["schedule"] = "0 3 * * *" }));
        AddRun(cron, "nightly-29931146", -120, "Failed");
        AddRun(cron, "nightly-29931147", -60, "Complete");
        AddRun(null, "good", -60, "Complete");
        AddRun(null, "bad", -60, "Failed");
        AddRun(null, "twice", -60, "Complete", "twice-a", "Failed");
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api"));
        _lab.Api.Forbidden["list jobs"] = true;
        if (!cronJobs) _lab.Api.Forbidden["list cronjobs"] = true;
        IReadOnlyList<ServiceRecord> all = await _lab.Open().ListAsync(null, default);
        Assert.Equal([("api", ServiceState.Running), ("bad", ServiceState.Down), ("good", ServiceState.Stopped), ("nightly", ServiceState.Stopped), ("twice", ServiceState.Stopped)], all.Select(s => (s.Name, s.State)));
        Assert.Equal("nightly-29931147-x", Assert.Single(all[3].Instances).Name);
        AddRun(cron, "nightly-29931148", -1, "Failed");
        Assert.Equal(ServiceState.Down, (await _lab.FindAsync("nightly")).State);
    }

    [Fact]
    public async Task What_was_stopped_by_hand_is_told_from_what_nobody_wants()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "idle", 0));
        IServicePlatform platform = _lab.Open();
        await platform.StopAsync(TestScope.Instance, (await platform.ListAsync(["api"], default))[0], null, default);
        Assert.Equal((ServiceState.Stopped, true), (await _lab.FindAsync("api") is var api ? (api.State, api.IsHeldBack) : default));
        Assert.False((await _lab.FindAsync("idle")).IsHeldBack);
    }

    private void AddRun(JsonObject? cron, string name, int minutes, string how, string? other = null, string otherHow = "")
    {
        JsonObject job = KubeSamples.Thing("Job", "batch/v1", name, new JsonObject()).With(j =>
        {
            j["metadata"]!["creationTimestamp"] = KubeSamples.Time(DateTimeOffset.UtcNow.AddMinutes(minutes));
            if (cron is not null) j["metadata"]!["ownerReferences"] = KubeSamples.Pod("x", cron)["metadata"]!["ownerReferences"]!.DeepClone();
            j["status"] = new JsonObject { ["conditions"] = new JsonArray(KubeSamples.Condition(how, "True")) };
        });
        job = _lab.Store.Add("jobs", job);
        AddPod(name + "-x", how);
        if (other is not null) AddPod(other, otherHow);

        void AddPod(string pod, string end) => _lab.Store.Add("pods", KubeSamples.Pod(pod, job).With(p =>
            Container(p, c => c["state"] = KubeSamples.Terminated(end == "Failed" ? 1 : 0, end == "Failed" ? "Error" : "Completed"), end == "Failed" ? "Failed" : "Succeeded")));
    }

    /// <summary>The one pod of a deployment whose pod is in a certain state.</summary>
    private async Task<ServiceInstance> OneAsync(Action<JsonObject> change, ServiceState whole)
    {
        JsonObject owner = _lab.Store.Add("deployments", KubeSamples.Workload("Deployment", "api").With(w => w["status"] = new JsonObject { ["observedGeneration"] = 1, ["replicas"] = 1, ["updatedReplicas"] = 1 }));
        JsonObject set = _lab.Store.Add("replicasets", KubeSamples.Workload("ReplicaSet", "api-1").With(s => s["metadata"]!["ownerReferences"] = KubeSamples.Pod("x", owner)["metadata"]!["ownerReferences"]!.DeepClone()));
        _lab.Store.Add("pods", KubeSamples.Pod("api-1-x", set).With(change));
        ServiceRecord service = await _lab.FindAsync("api");
        Assert.Equal(whole, service.State);
        return Assert.Single(service.Instances);
    }

    private static void Container(JsonObject pod, Action<JsonObject> change, string phase = "Running")
    {
        pod["status"]!["phase"] = phase;
        change(pod["status"]!["containerStatuses"]![0]!.AsObject());
    }
}
