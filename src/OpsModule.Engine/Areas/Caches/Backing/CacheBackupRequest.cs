using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Caches.Backing;

/// <summary>Which cache to back up, and whereto.</summary>
public sealed record CacheBackupRequest
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Backup-OpsCache";

    /// <summary>The cache's name in the environment file; null when there is just one.</summary>
    public string? Name { get; init; }

    /// <summary>Stores; empty for all of the environment's.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>How to compress.</summary>
    public Compression Compression { get; init; }

    /// <summary>Labels, beside the environment's.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
