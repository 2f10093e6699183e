using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>What a pod does, and why.</summary>
/// <param name="State">What.</param>
/// <param name="Reason">In the cluster's word, as <c>kubectl get pods</c> shows it.</param>
/// <param name="Detail">What the cluster says of it in a sentence.</param>
/// <param name="IsStuck">True when it waits for what does not come by itself.</param>
internal sealed record PodState(InstanceState State, string? Reason, string? Detail = null, bool IsStuck = false)
{
    private const string CrashLoop = "CrashLoopBackOff", Gated = "SchedulingGated";

    /// <summary>What a pod waits for that comes up as it should.</summary>
    private static readonly string[] Usual = ["PodInitializing", "ContainerCreating"];

    /// <summary>So long a pod may take to come up before it counts as stuck; a Deployment that says nothing waits as long.</summary>
    private static readonly TimeSpan Usually = TimeSpan.FromMinutes(10);

    /// <summary>Of a pod.</summary>
    public static PodState Of(JsonElement pod, DateTimeOffset now, TimeSpan? patience)
    {
        JsonElement[] statuses = [.. pod.Items("status", "containerStatuses")], initial = [.. pod.Items("status", "initContainerStatuses")];
        if (pod.Text("metadata", "deletionTimestamp") is not null)
            return new PodState(InstanceState.Dead, "Terminating", pod.Text("status", "reason") == "NodeLost" ? pod.Text("status", "message") : null);
        switch (pod.Text("status", "phase"))
        {
            case "Succeeded": return new PodState(InstanceState.Exited, "Completed");
            case "Failed": return new PodState(InstanceState.Exited, FailedReason(pod, statuses, initial), pod.Text("status", "message"));
            case "Running" or "Pending": break;
            default: return new PodState(InstanceState.Unknown, pod.Text("status", "reason"), pod.Text("status", "message"));
        }
        return OfPreparing(pod, initial) ?? OfContainers(pod, statuses) ?? Waiting(pod, statuses, now, patience ?? Usually);
    }

    /// <summary>
    /// The kubelet sets a pod's readiness together with that of its containers. Where the pod alone is not ready, somebody else has said so:
    /// the cluster, of all pods of a node that it has not heard of for a while.
    /// </summary>
    private static bool IsOutOfSight(JsonElement pod, JsonElement[] statuses) =>
        Condition(pod, "Ready").Text("status") is "False" or "Unknown" && Condition(pod, "ContainersReady").Text("status") == "True"
        && statuses.Length > 0 && statuses.All(s => s.IsTrue("ready"))
        && pod.Items("spec", "readinessGates").All(g => Condition(pod, g.Text("conditionType") ?? "").Text("status") == "True");

    /// <summary>What fails of those containers that prepare the pod; they are not of the same word at each moment.</summary>
    private static PodState? OfPreparing(JsonElement pod, JsonElement[] initial)
    {
        foreach (JsonElement status in initial)
        {
            bool goesOn = IsSidecar(pod, status.Text("name"));
            JsonElement waiting = status.At("state", "waiting"), ended = status.At("state", "terminated");
            string prefix = goesOn ? "" : "Init:";
            if (waiting.Text("reason") == CrashLoop)
                return new PodState(InstanceState.Restarting, prefix + CrashLoop, waiting.Text("message"));
            if (waiting.Text("reason") is { } reason && !Usual.Contains(reason))
                return new PodState(InstanceState.Pending, prefix + reason, waiting.Text("message"), IsStuck: true);
            if (ended.ValueKind == JsonValueKind.Object && (goesOn || ended.Number("exitCode") is not 0))
                return new PodState(InstanceState.Restarting, prefix + (ended.Text("reason") ?? "Error"), ended.Text("message"));
            // It runs again, or is about to: that it failed before is why the pod is not up yet. What it failed with is not told at each moment.
            JsonElement last = status.At("lastState", "terminated");
            bool failed = last.ValueKind == JsonValueKind.Object ? last.Number("exitCode") is not 0 : status.Number("restartCount") is > 0;
            if (!goesOn && failed && ended.ValueKind != JsonValueKind.Object)
                return new PodState(InstanceState.Restarting, prefix + (last.Text("reason") ?? "Error"), last.Text("message"));
        }
        return null;
    }

    private static PodState? OfContainers(JsonElement pod, JsonElement[] statuses)
    {
        JsonElement crashing = statuses.FirstOrDefault(s => s.Text("state", "waiting", "reason") == CrashLoop);
        if (crashing.ValueKind == JsonValueKind.Object)
            return new PodState(InstanceState.Restarting, CrashLoop, crashing.Text("state", "waiting", "message"));
        // It has ended, and the kubelet has not come round to starting it again.
        JsonElement fallen = statuses.FirstOrDefault(s => IsToRunAgain(pod, s.At("state", "terminated")));
        if (fallen.ValueKind == JsonValueKind.Object)
            return new PodState(InstanceState.Restarting, fallen.Text("state", "terminated", "reason"), fallen.Text("state", "terminated", "message"));
        JsonElement stuck = statuses.FirstOrDefault(s => s.Text("state", "waiting", "reason") is { } r && !Usual.Contains(r));
        if (stuck.ValueKind == JsonValueKind.Object)
            return new PodState(InstanceState.Pending, stuck.Text("state", "waiting", "reason"), stuck.Text("state", "waiting", "message"), IsStuck: true);
        if (pod.Text("status", "phase") != "Running" || !statuses.Any(s => s.At("state", "running").ValueKind == JsonValueKind.Object)) return null;
        return IsOutOfSight(pod, statuses)
            ? new PodState(InstanceState.Unknown, "NodeNotReady", $"the node {pod.Text("spec", "nodeName")} does not answer the cluster")
            : new PodState(InstanceState.Running, null);
    }

    /// <summary>It has no node yet, or its containers are made.</summary>
    private static PodState Waiting(JsonElement pod, JsonElement[] statuses, DateTimeOffset now, TimeSpan patience)
    {
        JsonElement unplaced = Condition(pod, "PodScheduled");
        if (unplaced.Text("status") == "False" && unplaced.Text("reason") is { } why)
            return new PodState(InstanceState.Pending, why, unplaced.Text("message"), IsStuck: why != Gated);
        bool late = pod.Time("metadata", "creationTimestamp") is { } made && now - made > patience;
        string? reason = statuses.Select(s => s.Text("state", "waiting", "reason")).FirstOrDefault(r => r is not null);
        return new PodState(InstanceState.Pending, reason,
            late ? $"for more than {DurationText.Show(patience)}; its events tell what it waits for" : null, IsStuck: late);
    }

    private static bool IsToRunAgain(JsonElement pod, JsonElement ended) => ended.ValueKind == JsonValueKind.Object
        && pod.Text("spec", "restartPolicy") switch { "Never" => false, "OnFailure" => ended.Number("exitCode") is not 0, _ => true };

    private static string? FailedReason(JsonElement pod, JsonElement[] statuses, JsonElement[] initial) => pod.Text("status", "reason")
        ?? initial.Where(s => !IsSidecar(pod, s.Text("name"))).Select(s => s.Text("state", "terminated", "reason"))
            .Where(r => r is not null and not "Completed").Select(r => "Init:" + r).FirstOrDefault()
        ?? statuses.Select(s => s.Text("state", "terminated", "reason")).FirstOrDefault(r => r is not null and not "Completed");

    private static bool IsSidecar(JsonElement pod, string? container) =>
        pod.Items("spec", "initContainers").Any(c => c.Text("name") == container && c.Text("restartPolicy") == "Always");

    private static JsonElement Condition(JsonElement pod, string type) =>
        pod.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == type);
}
