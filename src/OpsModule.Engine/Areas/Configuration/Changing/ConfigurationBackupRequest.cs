using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>How the configuration is backed up.</summary>
public sealed record ConfigurationBackupRequest
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Backup-OpsConfiguration";

    /// <summary>Stores; empty for all of the environment's.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>How to compress.</summary>
    public Compression Compression { get; init; }

    /// <summary>Labels, beside the environment's.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Takes secrets out.</summary>
    public bool Redact { get; init; }

    /// <summary>Makes none where the newest holds what is live.</summary>
    public bool OnlyIfChanged { get; init; }
}
