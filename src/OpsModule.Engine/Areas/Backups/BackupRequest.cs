using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What to back up.</summary>
public sealed record BackupRequest
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Backup-OpsDatabase";

    /// <summary>Database name in the environment file; null when there is just one.</summary>
    public string? Name { get; init; }

    /// <summary>Tenants; empty for the whole database, <c>*</c> for all tenants.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>Stores; empty for all of the environment's.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>How to compress.</summary>
    public Compression Compression { get; init; }

    /// <summary>Labels, beside the environment's.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
