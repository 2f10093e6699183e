using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>The nodes of a cluster: how they are, what they have, what is asked of them, and what is used.</summary>
internal sealed class ClusterNodes(Kubectl kubectl, IOpsReporter reporter)
{
    /// <summary>Pods that have ended ask for nothing any more.</summary>
    private const string AtWork = "--field-selector=status.phase!=Succeeded,status.phase!=Failed";

    /// <summary>Looks.</summary>
    /// <param name="measured">True asks what they use, and what they are asked for, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ClusterForbidden</c> where nodes may not be listed, and what kubectl's errors mean.</exception>
    public async Task<IReadOnlyList<NodeRecord>> ReadAsync(bool measured, CancellationToken cancellationToken)
    {
        JsonElement listed = await kubectl.GetAsync(["get", "nodes"], cancellationToken).ConfigureAwait(false);
        Dictionary<string, NodeRecord> nodes = listed.Items("items").Select(NodeReader.Read).ToDictionary(n => n.Node, StringComparer.Ordinal);
        if (measured)
        {
            await AddRequestsAsync(nodes, cancellationToken).ConfigureAwait(false);
            await AddUsageAsync(nodes, cancellationToken).ConfigureAwait(false);
        }
        return [.. nodes.Values.OrderBy(n => n.Node, StringComparer.Ordinal)];
    }

    private async Task AddRequestsAsync(Dictionary<string, NodeRecord> nodes, CancellationToken cancellationToken)
    {
        IReadOnlyList<JsonElement>? pods = await kubectl.ListAsync("pods", ["--all-namespaces", AtWork],
            e => reporter.Warning($"{e.Message} What is asked of the nodes is left out: pods of all namespaces ask for it."), cancellationToken)
            .ConfigureAwait(false);
        if (pods is null) return;
        ILookup<string, JsonElement> byNode = pods.ToLookup(p => p.Text("spec", "nodeName") ?? "");
        foreach (NodeRecord node in nodes.Values.ToArray())
            nodes[node.Node] = node with
            {
                Pods = byNode[node.Node].Count(),
                CpuRequested = byNode[node.Node].Sum(p => NodeReader.RequestOf(p, "cpu")),
                MemoryRequestedBytes = (long)byNode[node.Node].Sum(p => NodeReader.RequestOf(p, "memory")),
            };
    }

    private async Task AddUsageAsync(Dictionary<string, NodeRecord> nodes, CancellationToken cancellationToken)
    {
        try
        {
            foreach (JsonElement used in (await PodMetrics.AskAsync(kubectl, "nodes", cancellationToken).ConfigureAwait(false)).Items("items"))
                if (nodes.TryGetValue(used.Text("metadata", "name") ?? "", out NodeRecord? node))
                    nodes[node.Node] = node with
                    {
                        CpuUsed = Quantity.Read(used.Text("usage", "cpu")),
                        MemoryUsedBytes = (long?)Quantity.Read(used.Text("usage", "memory")),
                    };
        }
        catch (OpsException e) when (e.ErrorId is "MetricsUnavailable" or "ClusterForbidden")
        {
            reporter.Warning($"{e.Message} What the nodes use is left out.");
        }
    }
}
