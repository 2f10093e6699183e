using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>How a cache is restored.</summary>
public enum CacheRestoreMethod
{
    /// <summary>Load where a pattern is given, else Swap.</summary>
    Auto,

    /// <summary>Key by key, beside what is live, then exchanged for the live keys of the pattern.</summary>
    Load,

    /// <summary>Into empty databases of the server, which then take the places of the live ones at once (SWAPDB).</summary>
    Swap,
}

/// <summary>What to restore, and how.</summary>
public sealed record CacheRestoreRequest
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Restore-OpsCache";

    /// <summary>The backup, in each store that has it, the first to be taken first.</summary>
    public required IReadOnlyList<BackupRecord> Backups { get; init; }

    /// <summary>The cache to restore into, by its name in the environment file; null for the one that it is of.</summary>
    public string? Name { get; init; }

    /// <summary>How.</summary>
    public CacheRestoreMethod Method { get; init; }

    /// <summary>Only keys that fit, as KEYS takes a pattern; null for all.</summary>
    public string? Pattern { get; init; }

    /// <summary>Only these databases; null for all of the backup.</summary>
    public IReadOnlyList<int>? Databases { get; init; }

    /// <summary>Keys live as long as they had left when they were backed up, in place of until the moment that was meant then.</summary>
    public bool ShiftExpiry { get; init; }
}
