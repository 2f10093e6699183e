using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>What can be cleared away.</summary>
public enum StorageKind
{
    /// <summary>Containers that have ended, and were no service.</summary>
    Container,
    /// <summary>Images.</summary>
    Image,
    /// <summary>Networks without containers.</summary>
    Network,
    /// <summary>What builds keep to be faster the next time.</summary>
    BuildCache,
    /// <summary>Volumes that were named.</summary>
    Volume,
    /// <summary>Rotated or exported log files in folders that were named.</summary>
    Log,
}

/// <summary>Something to clear away, or what was cleared away.</summary>
public sealed record StorageItem
{
    /// <summary>What it is.</summary>
    public required StorageKind Kind { get; init; }

    /// <summary>Its name: that of a container, volume or network, an image's tag, a file.</summary>
    public required string Name { get; init; }

    /// <summary>The engine's identifier, or the file's path.</summary>
    public required string Id { get; init; }

    /// <summary>What it takes by itself. Images share layers: of several together more may be freed than of each alone.</summary>
    public long Bytes { get; init; }

    /// <summary>What was freed, as measured afterwards; null when nothing was removed.</summary>
    public long? FreedBytes { get; init; }

    /// <summary>True when it is gone.</summary>
    public bool Removed { get; init; }

    /// <summary>Since when nothing needs it, as far as that is known: when a container ended, an image was made or last tagged, a file was last written.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>The names by which an image must be removed.</summary>
    internal IReadOnlyList<string> References { get; init; } = [];

    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>What to clear away.</summary>
public sealed record StorageRequest
{
    /// <summary>What is looked for unless told: what nobody misses.</summary>
    public static IReadOnlyList<StorageKind> Usual { get; } = [StorageKind.Container, StorageKind.Image, StorageKind.Network, StorageKind.BuildCache];

    /// <summary>What younger than this stays: somebody may still be at it.</summary>
    public TimeSpan OlderThan { get; init; } = TimeSpan.FromDays(1);

    /// <summary>True means images with a name, too, when no container uses them.</summary>
    public bool UnusedImages { get; init; }

    /// <summary>True means containers and networks of compose services, too: what somebody stopped by hand.</summary>
    public bool Services { get; init; }

    /// <summary>Volumes.</summary>
    public IReadOnlyList<string> Volumes { get; init => field = PlainList.Of(value); } = [];
}
