using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
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
            ServiceChange.Restart => service.Wanted == 0 ? Plan(service, ServiceChange.Start, 0) ?? "Replace no pod, for there is none" : $"Replace {service.Wanted switch { 1 => "1 pod", var several => $"{several} pods, one after another" }}",
            _ => now == replicas ? null : $"Go from {Count(now)} to {replicas}",
        };
    }

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

    private void Refuse(ServiceChange change)
    {
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
