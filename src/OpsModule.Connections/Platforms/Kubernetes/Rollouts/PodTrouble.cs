using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Tells from new pods, and from what the controllers say, whether a rollout comes to its end by itself.</summary>
internal static class PodTrouble
{
    /// <summary>What the kubelet says of a pod for which waiting is of no use.</summary>
    private static readonly string[] Final =
    [
        "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "CreateContainerConfigError",
            "CreateContainerError",
        "RunContainerError", "CrashLoopBackOff",
    ];

    /// <summary>What a registry says of an image that it does not give out; a registry that is away for a moment says something
    /// else.</summary>
    private static readonly string[] NoImage =
        ["not found", "manifest unknown", "unauthorized", "denied", "no match for platform", "no matching manifest"];

    /// <summary>So often one may have ended and come up again before it counts as crashing.</summary>
    private const int Patience = 2;

    /// <summary>The worst; null while nothing is wrong.</summary>
    /// <param name="service">The service as a whole.</param>
    /// <param name="fresh">The instances of what is asked for.</param>
    public static WorkloadTrouble? Of(ServiceRecord service, IReadOnlyList<ServiceInstance> fresh)
    {
        WorkloadTrouble[] all = [.. fresh.Select(OfPod).OfType<WorkloadTrouble>().OrderByDescending(t => t.IsFinal)];
        if (all.FirstOrDefault(t => t.IsFinal) is { } final) return final;
        if (service.HasFailed)
            return new WorkloadTrouble("ProgressDeadlineExceeded", Sentence(service.Problem ?? "Its rollout is beyond its deadline"), true,
                all.FirstOrDefault()?.Instance ?? fresh.FirstOrDefault(i => !i.IsReady));
        if (all.Length > 0) return all[0];
        return service.Problem is { } said ? new WorkloadTrouble(said.Split(':')[0], Sentence(said), false) : null;
    }

    private static WorkloadTrouble? OfPod(ServiceInstance pod)
    {
        if (pod.State == InstanceState.Dead || pod.IsReady) return null;
        string reason = pod.Reason is { } said ? said[(said.LastIndexOf(':') + 1)..] : pod.State.ToString();
        string words = Sentence(InstanceWords.Of(pod));
        if (Final.Contains(reason) || pod.State == InstanceState.Restarting || pod.Restarts >= Patience)
            return new WorkloadTrouble(reason, words, true, pod);
        if (pod is { State: InstanceState.Exited, IsDone: false }) return new WorkloadTrouble(reason, words, true, pod);
        if (reason == "ErrImagePull")
            return new WorkloadTrouble(reason, words, NoImage.Any(n => pod.Detail?.Contains(n,
                StringComparison.OrdinalIgnoreCase) is true), pod);
        return pod.IsStuck || pod.Restarts > 0 || pod.Health == InstanceHealth.Unhealthy || pod.State == InstanceState.Unknown
            ? new WorkloadTrouble(reason == "Running" ? "NotReady" : reason, words, false, pod) : null;
    }

    private static string Sentence(string text) => text.TrimEnd('.') + ".";
}
