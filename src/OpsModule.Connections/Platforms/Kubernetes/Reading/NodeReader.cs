using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Connections.Platforms.Kubernetes.Asking;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>Turns what the API server says of a node into ours.</summary>
internal static class NodeReader
{
    private const string Ready = "Ready";

    /// <summary>One node.</summary>
    public static NodeRecord Read(JsonElement node)
    {
        JsonElement[] conditions = [.. node.Items("status", "conditions")];
        string state = conditions.FirstOrDefault(c => c.Text("type") == Ready).Text("status") ?? "Unknown";
        // All others tell of something that is short or broken, and are of use only when they say yes.
        string[] wrong = [.. conditions.Where(c => c.Text("type") is not Ready && c.Text("status") == "True").Select(c => c.Text("type") ?? "")];
        if (state != "True") wrong = ["NotReady", .. wrong];
        return new NodeRecord
        {
            Node = node.Text("metadata", "name") ?? "",
            IsReady = state == "True",
            Problem = wrong.Length == 0 ? null : string.Join(", ", wrong),
            IsSchedulable = !node.IsTrue("spec", "unschedulable"),
            CpuAllocatable = Quantity.Read(node.Text("status", "allocatable", "cpu")) ?? 0,
            MemoryAllocatableBytes = (long)(Quantity.Read(node.Text("status", "allocatable", "memory")) ?? 0),
            PodsAllocatable = (int)(Quantity.Read(node.Text("status", "allocatable", "pods")) ?? 0),
            Version = node.Text("status", "nodeInfo", "kubeletVersion"),
        };
    }

    /// <summary>
    /// What the scheduler counts for a pod: all containers together, or the largest of those that run before them, one after another; sidecars
    /// go on beside all that comes after them.
    /// </summary>
    public static double RequestOf(JsonElement pod, string resource)
    {
        double sidecars = 0, largest = 0;
        foreach (JsonElement container in pod.Items("spec", "initContainers"))
        {
            double own = Asked(container, resource);
            if (container.Text("restartPolicy") == "Always") sidecars += own;
            largest = Math.Max(largest, container.Text("restartPolicy") == "Always" ? sidecars : sidecars + own);
        }
        return Math.Max(sidecars + pod.Items("spec", "containers").Sum(c => Asked(c, resource)), largest)
            + (Quantity.Read(pod.Text("spec", "overhead", resource)) ?? 0);
    }

    private static double Asked(JsonElement container, string resource) => Quantity.Read(container.Text("resources", "requests", resource)) ?? 0;
}
