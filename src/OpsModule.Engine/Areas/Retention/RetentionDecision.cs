using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>What becomes of a backup.</summary>
public enum RetentionOutcome
{
    /// <summary>It stays.</summary>
    Keep,

    /// <summary>It is to go.</summary>
    Remove,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>It is to go, and stays until the next run: somebody reads it or works on it, or the store has locked it.</summary>
    NotRemoved,
}

/// <summary>Whether one backup stays or goes, and why.</summary>
public sealed record RetentionDecision : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public required string Environment { get; init; }

    /// <summary>The store.</summary>
    public required string Store { get; init; }

    /// <summary>What it is a backup of.</summary>
    public Backups.BackupKind Kind { get; init; }

    /// <summary>The name of the database, cache or configuration.</summary>
    public required string Name { get; init; }

    /// <summary>The tenant; null for a whole database.</summary>
    public string? Tenant { get; init; }

    /// <summary>The backup's id.</summary>
    public required string Id { get; init; }

    /// <summary>The key of its object in the store.</summary>
    public required string Key { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was verified, UTC; null when it never was.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>Bytes of its object.</summary>
    public long StoredBytes { get; init; }

    /// <summary>What becomes of it.</summary>
    public RetentionOutcome Outcome { get; init; }

    /// <summary>Why: each rule that keeps it, or what lets it go.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What it is of.</summary>
    internal Backups.BackupSubject Subject => new(Kind, Name, Tenant);

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Id} in {Store}: {Outcome} ({Reason})";
}
