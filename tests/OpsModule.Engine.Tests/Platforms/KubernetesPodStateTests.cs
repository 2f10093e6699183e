using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>How a pod is, of the shapes that a kubelet and the cluster's controllers were seen to write.</summary>
public sealed class KubernetesPodStateTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("Init:Error", "ended")]
    [InlineData("Init:CrashLoopBackOff", "backs off")]
    [InlineData("Init:Error", "runs again")]
    [InlineData("Init:Error", "is made again")]
    [InlineData("Init:Error", "is made again for the first time")]
    [InlineData("Init:Error", "runs again and its end is not told")]
    public async Task A_pod_whose_preparation_fails_is_down_at_each_moment(string reason, string moment)
    {
        ServiceRecord service = await InitAsync(s =>
        {
            JsonObject failed = KubeSamples.Terminated(1, "Error");
            switch (moment)
            {
                case "ended": s["state"] = failed; break;
                case "backs off": (s["state"], s["lastState"], s["restartCount"]) = (KubeSamples.Waiting("CrashLoopBackOff"), failed, 3); break;
                case "runs again": (s["state"], s["lastState"], s["restartCount"]) = (Running(), failed, 3); break;
                case "is made again for the first time": (s["state"], s["lastState"]) = (KubeSamples.Waiting("PodInitializing"), failed); break;
                case "runs again and its end is not told": (s["state"], s["lastState"], s["restartCount"]) = (Running(), new JsonObject(), 1); break;
                default: (s["state"], s["lastState"], s["restartCount"]) = (KubeSamples.Waiting("PodInitializing"), failed, 3); break;
            }
        });
        ServiceInstance pod = Assert.Single(service.Instances);
        Assert.Equal((InstanceState.Restarting, reason, ServiceState.Down), (pod.State, pod.Reason, service.State));
    }

    [Fact]
    public async Task A_pod_that_prepares_itself_is_starting_and_one_whose_preparation_has_no_image_is_down()
    {
        ServiceRecord prepares = await InitAsync(s => s["state"] = Running());
        Assert.Equal((InstanceState.Pending, ServiceState.Starting), (prepares.Instances[0].State, prepares.State));
        // It ended well at its second try: that is over.
        ServiceRecord ready = await InitAsync(s => (s["state"], s["lastState"], s["restartCount"]) = (KubeSamples.Terminated(0, "Completed"), KubeSamples.Terminated(1, "Error"), 1));
        Assert.Equal(ServiceState.Starting, ready.State);
        ServiceRecord stuck = await InitAsync(s => s["state"] = KubeSamples.Waiting("ErrImagePull", "manifest unknown"));
        Assert.Equal(("Init:ErrImagePull", true, "manifest unknown", ServiceState.Down), (stuck.Instances[0].Reason, stuck.Instances[0].IsStuck, stuck.Instances[0].Detail, stuck.State));
    }

    [Fact]
    public async Task What_takes_longer_than_a_rollout_may_is_stuck_whatever_it_waits_for()
    {
        // A volume that is not there: the cluster says ContainerCreating for ever.
        ServiceRecord fresh = await PendingAsync(-60);
        Assert.Equal(ServiceState.Starting, fresh.State);
        ServiceRecord late = await PendingAsync(-700);
        Assert.Equal((ServiceState.Down, "ContainerCreating", true), (late.State, late.Instances[0].Reason, late.Instances[0].IsStuck));
    }

    [Fact]
    public async Task Some_that_are_stuck_make_a_service_degraded_not_starting()
    {
        JsonObject set = _lab.Store.Add("statefulsets", KubeSamples.Workload("StatefulSet", "db", 2));
        _lab.Store.Add("pods", KubeSamples.Pod("db-0", set));
        _lab.Store.Add("pods", KubeSamples.Pod("db-1", set).With(p => p["status"] = new JsonObject
        {
            ["phase"] = "Pending", ["conditions"] = new JsonArray(KubeSamples.Condition("PodScheduled", "False", "Unschedulable", "no node")),
        }));
        Assert.Equal(ServiceState.Degraded, (await _lab.FindAsync("db")).State);
    }

    [Fact]
    public async Task A_pod_of_a_node_that_is_out_of_sight_is_unknown_and_names_the_node()
    {
        _lab.Store.Add("pods", KubeSamples.Pod("lone").With(p =>
        {
            p["spec"]!["nodeName"] = "node-3";
            p["status"]!["conditions"] = new JsonArray(KubeSamples.Condition("Ready", "False"), KubeSamples.Condition("ContainersReady", "True"));
        }));
        ServiceRecord lone = await _lab.FindAsync("lone");
        ServiceInstance pod = lone.Instances[0];
        Assert.Equal((ServiceState.Down, InstanceState.Unknown, "NodeNotReady", "node-3", false), (lone.State, pod.State, pod.Reason, pod.Node, pod.IsReady));
        Assert.Contains("node-3", pod.Detail);
        // What the kubelet itself says is not ready is no matter of the node.
        _lab.Store.Change("pods", "lone", p => p["status"]!["conditions"] = new JsonArray(KubeSamples.Condition("Ready", "False"), KubeSamples.Condition("ContainersReady", "False")));
        Assert.Equal(InstanceState.Running, (await _lab.FindAsync("lone")).Instances[0].State);
    }

    [Fact]
    public async Task A_daemon_set_whose_node_is_lost_does_not_run()
    {
        JsonObject set = _lab.Store.Add("daemonsets", KubeSamples.Workload("DaemonSet", "agent").With(w => w["status"] = new JsonObject
        {
            ["desiredNumberScheduled"] = 0, ["numberMisscheduled"] = 1, ["observedGeneration"] = 1,
        }));
        _lab.Store.Add("pods", KubeSamples.Pod("agent-x", set).With(p =>
        {
            p["spec"]!["nodeName"] = "node-3";
            p["status"]!["conditions"] = new JsonArray(KubeSamples.Condition("Ready", "False"), KubeSamples.Condition("ContainersReady", "True"));
        }));
        ServiceRecord agent = await _lab.FindAsync("agent");
        Assert.Equal((1, 0, ServiceState.Down), (agent.Wanted, agent.Ready, agent.State));
    }

    [Fact]
    public async Task A_sidecar_that_ends_counts_and_a_helper_that_is_done_does_not()
    {
        _lab.Store.Add("pods", KubeSamples.Pod("car").With(p =>
        {
            p["spec"]!["initContainers"] = new JsonArray(KubeSamples.Container("proxy", probed: false).With(c => c["restartPolicy"] = "Always"));
            p["status"]!["initContainerStatuses"] = new JsonArray(KubeSamples.Status("proxy", "example/proxy:1", DateTimeOffset.UtcNow).With(s => s["state"] = KubeSamples.Terminated(1, "Error")));
        }));
        Assert.Equal((InstanceState.Restarting, "Error"), (await _lab.FindAsync("car")).Instances[0] is var car ? (car.State, car.Reason!) : default);
        _lab.Store.Add("pods", KubeSamples.Pod("two", null, KubeSamples.Container("app"), KubeSamples.Container("once", probed: false)).With(p =>
        {
            p["spec"]!["restartPolicy"] = "OnFailure";
            p["status"]!["containerStatuses"]![1]!["state"] = KubeSamples.Terminated(0, "Completed");
        }));
        Assert.Equal(InstanceState.Running, (await _lab.FindAsync("two")).Instances[0].State);
    }

    private static JsonObject Running() => new() { ["running"] = new JsonObject { ["startedAt"] = KubeSamples.Time(DateTimeOffset.UtcNow) } };

    private async Task<ServiceRecord> InitAsync(Action<JsonObject> change)
    {
        _lab.Store.Remove("pods", "web");
        _lab.Store.Add("pods", KubeSamples.Pod("web").With(p =>
        {
            p["spec"]!["initContainers"] = new JsonArray(KubeSamples.Container("migrate", probed: false));
            p["status"]!["phase"] = "Pending";
            p["status"]!["conditions"] = new JsonArray(KubeSamples.Condition("PodScheduled", "True"), KubeSamples.Condition("Ready", "False"));
            (p["status"]!["containerStatuses"]![0]!["state"], p["status"]!["containerStatuses"]![0]!["ready"]) = (KubeSamples.Waiting("PodInitializing"), false);
            p["status"]!["initContainerStatuses"] = new JsonArray(KubeSamples.Status("migrate", "example/app:1", DateTimeOffset.UtcNow).With(change));
        }));
        return await _lab.FindAsync("web");
    }

    private async Task<ServiceRecord> PendingAsync(int seconds)
    {
        _lab.Store.Remove("pods", "slow");
        _lab.Store.Add("pods", KubeSamples.Pod("slow").With(p =>
        {
            p["metadata"]!["creationTimestamp"] = KubeSamples.Time(DateTimeOffset.UtcNow.AddSeconds(seconds));
            p["status"]!["phase"] = "Pending";
            (p["status"]!["containerStatuses"]![0]!["state"], p["status"]!["containerStatuses"]![0]!["ready"]) = (KubeSamples.Waiting("ContainerCreating"), false);
        }));
        return await _lab.FindAsync("slow");
    }
}
