using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>Changes how many pods a workload has, or has them replaced.</summary>
/// <param name="kubectl">The way to the cluster.</param>
/// <param name="workload">What is changed.</param>
/// <param name="fewest">The fewest replicas of its autoscaler; null without one.</param>
internal sealed class WorkloadScaling(Kubectl kubectl, Workload workload, int? fewest)
{
    /// <summary>What a service comes back with: what it had before it was stopped, else the fewest that make sense.</summary>
    private int Again => workload.Before ?? fewest ?? 1;

    /// <summary>What a change would do, in words; null when nothing is left to do.</summary>
    public string? Plan(ServiceRecord service, ServiceChange change, int replicas)
    {
        Refuse(change);
        if (change == ServiceChange.Scale) RefuseGoverned(service);
        int now = workload.Replicas;
        return change switch
        {
            ServiceChange.Start => now > 0 ? null : $"Go from 0 replicas to {Again}",
            ServiceChange.Stop => now == 0 ? null : $"Go from {Count(now)} to 0, and remember {now} for the next start",
            ServiceChange.Restart => workload.IsScalable && now == 0 ? Plan(service, ServiceChange.Start, 0) : Replacing(service),
            _ => now == replicas ? null : $"Go from {Count(now)} to {replicas}",
        };
    }

    /// <summary>What somebody should know before it is changed.</summary>
    /// <param name="change">What is to be done.</param>
    /// <param name="autoscalersUnseen">Why autoscalers are not known; null where they are.</param>
    public IReadOnlyList<string> WarningsOf(ServiceChange change, string? autoscalersUnseen)
    {
        var warnings = new List<string>();
        if (change == ServiceChange.Scale && autoscalersUnseen is not null)
            warnings.Add($"Whether an autoscaler decides how many replicas {workload.Name} has could not be seen; one would undo this. "
                + autoscalersUnseen);
        if (change == ServiceChange.Restart && workload.Holds == RolloutHold.OnDelete)
            warnings.Add($"The strategy of {workload.Name} is OnDelete: its pods stay as they are until somebody deletes each.");
        if (change == ServiceChange.Restart && workload.Holds == RolloutHold.Partition)
            warnings.Add($"The partition of {workload.Name} is {workload.Partition}: pods of lower numbers stay as they are.");
        return warnings;
    }

    private string Replacing(ServiceRecord service)
    {
        int pods = service.Instances.Count(i => i.State is not (InstanceState.Dead or InstanceState.Exited));
        int count = Math.Max(pods, workload.Wanted ?? pods);
        return (count, workload.Strategy) switch
        {
            (0, _) => "Replace no pod, for there is none",
            (_, "OnDelete") => $"Replace no pod by itself: with the strategy OnDelete each is replaced when somebody deletes it "
                + $"({Pods(count)})",
            (1, _) when workload.Partition == 0 => "Replace 1 pod",
            (_, "Recreate") => $"Replace {Pods(count)}, all at once: none serves meanwhile",
            _ when workload.Partition > 0 => Math.Max(0, count - workload.Partition) is var above && above == 0
                ? $"Replace no pod: partition {workload.Partition} keeps all of them as they are"
                : $"Replace {above} of {Pods(count)}, one after another; partition {workload.Partition} keeps the others as they are",
            _ => $"Replace {Pods(count)}, one after another",
        };
    }

    private static string Pods(int count) => count == 1 ? "1 pod" : $"{count} pods";

    /// <summary>Starts it with as many as it had, when it has none.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Refuse(ServiceChange.Start);
        return workload.Replicas > 0 ? Task.CompletedTask : PatchAsync(Again, null, cancellationToken);
    }

    /// <summary>Sets the replicas. Before there are none, it is remembered how many there were.</summary>
    public async Task ScaleAsync(int replicas, CancellationToken cancellationToken)
    {
        Refuse(replicas == 0 ? ServiceChange.Stop : ServiceChange.Scale);
        if (replicas > 0) await RunAsync(["scale", workload.Reference, string.Create(CultureInfo.InvariantCulture, $"--replicas={replicas}")], cancellationToken).ConfigureAwait(false);
        else if (workload.Replicas > 0) await PatchAsync(0, workload.Replicas, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has its pods replaced one after another; what is stopped is started.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        Refuse(ServiceChange.Restart);
        if (workload.IsScalable && workload.Replicas == 0) await StartAsync(cancellationToken).ConfigureAwait(false);
        else await RunAsync(["rollout", "restart", workload.Reference], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where an autoscaler decides, a number set by hand would last until it looks again.</summary>
    /// <exception cref="OpsException"><c>ScaleGoverned</c>.</exception>
    public void RefuseGoverned(ServiceRecord service)
    {
        if (service.Autoscaler is not { } scaler) return;
        string name = scaler["HorizontalPodAutoscaler ".Length..scaler.IndexOf(':')];
        throw new OpsException("ScaleGoverned", OpsErrorCategory.InvalidOperation, $"How many replicas {service.Name} has is decided by an autoscaler ({scaler}).",
            $"Change its limits (minReplicas, maxReplicas: kubectl edit hpa {name}), or stop the service with Stop-OpsService, which lets the autoscaler rest.", service.Name);
    }

    private static string Count(int replicas) => replicas == 1 ? "1 replica" : $"{replicas} replicas";

    /// <exception cref="OpsException"><c>RestartUnsupported</c>, <c>ScaleUnsupported</c>, <c>RolloutPaused</c>.</exception>
    private void Refuse(ServiceChange change)
    {
        if (change == ServiceChange.Restart && workload.IsPaused)
            throw new OpsException("RolloutPaused", OpsErrorCategory.InvalidOperation,
                $"The rollouts of {workload.Name} are paused, so that its pods cannot be replaced.",
                $"When that is over: kubectl rollout resume {workload.Reference}; then restart it.", workload.Name);
        if (change == ServiceChange.Restart ? workload.IsRestartable : workload.IsScalable) return;
        (string why, string action) = workload.Kind switch
        {
            "DaemonSet" => ("has one pod on every node that it selects", "Restart it, or change the nodes that it selects (spec.template.spec.nodeSelector)."),
            "Job" or "CronJob" => ("runs to its end by itself", "Suspend it (kubectl patch, spec.suspend), or make a new job (kubectl create job)."),
            "ReplicaSet" => ("does not replace its pods", "Let a Deployment own it."),
            "Pod" => ("is a pod that nothing would make again", "Let a Deployment own it."),
            _ => ("is kept by an operator of its own", "Change what the operator reads."),
        };
        throw new OpsException(change == ServiceChange.Restart ? "RestartUnsupported" : "ScaleUnsupported", OpsErrorCategory.InvalidOperation,
            $"The {workload.Kind} {workload.Name} {why}; it cannot be {change switch { ServiceChange.Start => "started", ServiceChange.Stop => "stopped", ServiceChange.Restart => "restarted", _ => "scaled" }}.", action, workload.Name);
    }

    private Task PatchAsync(int replicas, int? remembered, CancellationToken cancellationToken) => RunAsync(["patch", workload.Reference, "--type=merge", "--patch", JsonSerializer.Serialize(new
    {
        metadata = new { annotations = new Dictionary<string, string?> { [Workload.Remembered] = remembered?.ToString(CultureInfo.InvariantCulture) } },
        spec = new { replicas },
    })], cancellationToken);

    private async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try { await kubectl.RunAsync(arguments, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == KubectlErrors.NotFound)
        {
            throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound, $"{workload.Name} has gone since it was looked at.", "See what there is with Get-OpsService.", workload.Name, e);
        }
    }
}
