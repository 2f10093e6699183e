using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Contract.Nodes;

/// <summary>A name under which instances are reached inside a cluster (Kubernetes' kind Service), and who stands behind it.</summary>
public sealed record ClusterAddress
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How many of those behind it are ready to answer.</summary>
    public int Ready { get; init; }

    /// <summary>How many there are that are not ready.</summary>
    public int NotReady { get; init; }

    /// <summary>The labels that it looks for, as <c>app=api,tier=web</c>; null where somebody writes its addresses by hand.</summary>
    public string? Selector { get; init; }

    /// <summary>The services whose instances bear these labels.</summary>
    public IReadOnlyList<string> Services { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when it only stands for a name outside (ExternalName), so that nobody is behind it.</summary>
    public bool IsElsewhere { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
