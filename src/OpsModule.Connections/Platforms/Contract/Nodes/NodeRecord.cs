using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Contract.Nodes;

/// <summary>A machine of a cluster: whether it takes part, what it has, what is asked of it, and what is used.</summary>
public sealed record NodeRecord : IVerdict, IEnvironmentRecord
{
    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The environment whose cluster it belongs to; null where that is not known.</summary>
    public string? Environment { get; init; }

    /// <summary>True when the cluster says that it is ready.</summary>
    public bool IsReady { get; init; }

    /// <summary>What is wrong with it, in the cluster's words (<c>NotReady</c>, <c>MemoryPressure</c>); null when nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>False of one that is kept from new pods (<c>kubectl cordon</c>).</summary>
    public bool IsSchedulable { get; init; } = true;

    /// <summary>Cores that pods may have.</summary>
    public double CpuAllocatable { get; init; }

    /// <summary>Cores that its pods are promised; null where not all pods may be looked at.</summary>
    public double? CpuRequested { get; init; }

    /// <summary>Cores that are used; null where nothing measures it, or nobody asked.</summary>
    public double? CpuUsed { get; init; }

    /// <summary>Memory that pods may have.</summary>
    public long MemoryAllocatableBytes { get; init; }

    /// <summary>Memory that its pods are promised; null where not all pods may be looked at.</summary>
    public long? MemoryRequestedBytes { get; init; }

    /// <summary>Memory that is used; null where nothing measures it, or nobody asked.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>How many pods it may have.</summary>
    public int PodsAllocatable { get; init; }

    /// <summary>How many pods it has; null where not all pods may be looked at.</summary>
    public int? Pods { get; init; }

    /// <summary>The version of its kubelet.</summary>
    public string? Version { get; init; }

    /// <summary>What is wrong, or that nothing is, as the cluster's own programs write it.</summary>
    public string State => Problem ?? (IsSchedulable ? "Ready" : "Ready, SchedulingDisabled");

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    bool IVerdict.IsBad() => !IsReady || Problem is not null;

    /// <inheritdoc/>
    public override string ToString() => Node;
}
