using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Engine.Procedures.Sets;

/// <summary>One backup of a set.</summary>
public sealed record BackupSetPart
{
    /// <summary>What it is of.</summary>
    public required BackupKind Kind { get; init; }

    /// <summary>The name in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>The backup's id.</summary>
    public required string Backup { get; init; }

    /// <summary>Its object's key.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of its object.</summary>
    public required string Sha256 { get; init; }

    /// <summary>When it was begun, UTC: it is of a moment shortly after.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name} ({Backup})";
}
