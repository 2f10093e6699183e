using System.Text.Json;

namespace OpsModule.Connections.Platforms.Kubernetes.Secrets;

/// <summary>A Secret of a namespace, as it was read. Its text never shows what it holds.</summary>
public sealed class ClusterSecret
{
    internal ClusterSecret(JsonElement thing) => Thing = thing;

    internal JsonElement Thing { get; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The Secret that it came in the place of, where that could not be changed; else its own name.</summary>
    public required string Declared { get; init; }

    /// <summary>Its uid.</summary>
    public required string Uid { get; init; }

    /// <summary>The version that was read.</summary>
    public required string Version { get; init; }

    /// <summary>True of one whose content cannot be changed any more.</summary>
    public required bool IsImmutable { get; init; }

    /// <summary>What it holds, by key.</summary>
    public required IReadOnlyDictionary<string, byte[]> Data { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
