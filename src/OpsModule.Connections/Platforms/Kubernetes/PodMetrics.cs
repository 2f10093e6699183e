using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>What pods use, as the cluster's metrics server measured it last: means over some 15 to 60 seconds.</summary>
public sealed class PodMetrics(Kubectl kubectl, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private static readonly string[] Missing =
        ["could not find the requested resource", "(NotFound)", "(ServiceUnavailable)", "currently unable"];

    private readonly object _gate = new();
    private Task<Dictionary<string, JsonElement>>? _reading;
    private long _readAt;

    /// <summary>What a pod uses.</summary>
    /// <exception cref="OpsException"><c>MetricsUnavailable</c>, <c>UsageNotMeasured</c>.</exception>
    public async Task<InstanceUsage> MeasureAsync(ServiceInstance instance, CancellationToken cancellationToken)
    {
        Dictionary<string, JsonElement> pods = await Pods(cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!pods.TryGetValue(instance.Name, out JsonElement pod))
            throw new OpsException("UsageNotMeasured", OpsErrorCategory.ResourceUnavailable, $"The metrics server has not measured {instance.Name} yet.", "Ask again in a minute; of a pod that has just started there are no figures.", instance.Name);
        JsonElement[] usages = [.. pod.Items("containers").Select(c => c.At("usage"))];
        return new InstanceUsage(usages.Sum(u => Quantity.Read(u.Text("cpu")) ?? 0) * 100, (long)usages.Sum(u => Quantity.Read(u.Text("memory")) ?? 0), instance.MemoryLimitBytes, null, null, null, null, null);
    }

    /// <summary>All pods are measured together; they are asked for once.</summary>
    private Task<Dictionary<string, JsonElement>> Pods(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_reading is null || time.GetElapsedTime(_readAt) > Fresh) (_reading, _readAt) = (ReadAsync(cancellationToken), time.GetTimestamp());
            return _reading;
        }
    }

    private async Task<Dictionary<string, JsonElement>> ReadAsync(CancellationToken cancellationToken)
    {
        string space = await kubectl.NamespaceAsync(cancellationToken).ConfigureAwait(false);
        JsonElement measured = await AskAsync(kubectl, $"namespaces/{Uri.EscapeDataString(space)}/pods", cancellationToken).ConfigureAwait(false);
        return measured.Items("items").ToDictionary(p => p.Text("metadata", "name") ?? "");
    }

    /// <summary>Asks the metrics server.</summary>
    /// <exception cref="OpsException"><c>MetricsUnavailable</c>, and what kubectl's errors mean.</exception>
    internal static async Task<JsonElement> AskAsync(Kubectl kubectl, string what, CancellationToken cancellationToken)
    {
        (string output, string? failure) =
            await kubectl.TryAsync(["get", "--raw", "/apis/metrics.k8s.io/v1beta1/" + what], cancellationToken).ConfigureAwait(false);
        if (failure is null) return Kubectl.Parse(output);
        // Not there at all, or there and not answering.
        if (Missing.Any(m => failure.Contains(m, StringComparison.Ordinal)))
            throw new OpsException("MetricsUnavailable", OpsErrorCategory.ResourceUnavailable,
                "The cluster has no metrics server that answers; without one nothing tells what pods and nodes use.",
                "Install metrics-server, or mend it: kubectl get apiservice v1beta1.metrics.k8s.io says how it is.", "metrics.k8s.io");
        throw await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
    }
}
