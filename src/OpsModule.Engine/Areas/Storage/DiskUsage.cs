namespace OpsModule.Engine.Areas.Storage;

/// <summary>What takes room.</summary>
public enum DiskUsageKind
{
    /// <summary>A file system of a machine.</summary>
    FileSystem,
    /// <summary>The images of a Docker engine.</summary>
    Image,
    /// <summary>What containers have written beside volumes.</summary>
    Container,
    /// <summary>The volumes of a Docker engine.</summary>
    Volume,
    /// <summary>What builds keep to be faster the next time.</summary>
    BuildCache,
    /// <summary>The kept output of a container.</summary>
    ContainerLog,
    /// <summary>A store of backups.</summary>
    Store,
}

/// <summary>How much room something takes, or has.</summary>
public sealed record DiskUsage
{
    /// <summary>What it is.</summary>
    public required DiskUsageKind Kind { get; init; }

    /// <summary>Its name: a file system's folder, a container, a store.</summary>
    public required string Name { get; init; }

    /// <summary>Where it lies: a device, a file, a folder, a bucket; null where the engine does not tell.</summary>
    public string? Path { get; init; }

    /// <summary>The machine that it lies on; null for a store elsewhere.</summary>
    public string? Host { get; init; }

    /// <summary>All the room of a file system; what everything else takes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>What is taken of a file system.</summary>
    public long? UsedBytes { get; init; }

    /// <summary>What this user may still write to a file system.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>How full a file system is, as <c>df</c> counts it: without what only root may use.</summary>
    public double? UsedPercent { get; init; }

    /// <summary>How many inodes (files and folders) a file system can have; null where it makes them as needed.</summary>
    public long? Inodes { get; init; }

    /// <summary>How many of them are taken, in percent.</summary>
    public double? InodesUsedPercent { get; init; }

    /// <summary>What could be had back because nothing uses it: at least so much, for layers of images may be shared.</summary>
    public long? ReclaimableBytes { get; init; }

    /// <summary>How many there are: images, containers, volumes, files of a log, backups.</summary>
    public int? Count { get; init; }

    /// <summary>How many of them something uses.</summary>
    public int? Active { get; init; }

    /// <summary>When the oldest of them was made, UTC.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>When the newest of them was made, UTC.</summary>
    public DateTimeOffset? Newest { get; init; }

    /// <summary>The environment's name.</summary>
    public required string Environment { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
