using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Engine.Procedures.Sets;

/// <summary>How a set is restored.</summary>
public sealed record EnvironmentRestoreRequest
{
    /// <summary>The set.</summary>
    public required BackupSetRecord Set { get; init; }

    /// <summary>Kinds that are left out.</summary>
    public IReadOnlyList<BackupKind> Skip { get; init; } = [];

    /// <summary>The services that are stopped meanwhile, with wildcards; null for all that run but those that serve databases and caches,
    /// and proxies.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>Stops none.</summary>
    public bool KeepsServices { get; init; }
}
