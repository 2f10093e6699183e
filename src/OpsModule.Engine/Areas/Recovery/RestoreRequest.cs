using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What to restore, and where.</summary>
public sealed record RestoreRequest
{
    /// <summary>The backup.</summary>
    public required BackupRecord Backup { get; init; }

    /// <summary>The database to restore into, by its name in the environment file; null for the backup's own.</summary>
    public string? Name { get; init; }

    /// <summary>The tenant to restore; null for what the backup is of.</summary>
    public string? Tenant { get; init; }

    /// <summary>Restore beside the live database, under this name.</summary>
    public string? As { get; init; }

    /// <summary>Restores although owners, privileges, row security or sequences would not be what they were when the backup was made.</summary>
    public bool AllowDifferences { get; init; }

    /// <summary>
    /// Switch in what could be restored although objects without rows of their own (indexes, views, constraints, triggers) could not be made.
    /// They are listed in <see cref="RestoreRecord.NotRestored"/>. Of rows nothing is ever left out.
    /// </summary>
    public bool AllowIncomplete { get; init; }

    /// <summary>Put everything into the database's own tablespace and the server's own way to store tables, whatever the backup says.</summary>
    public bool NoTablespaces { get; init; }

    /// <summary>How long to wait and retry for a moment at which the switch disturbs nobody.</summary>
    public TimeSpan SwitchTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections that load data at the same time.</summary>
    public int Connections { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 4);

    /// <summary>How long the removal of what was built may take when the restore is given up: somebody waits, with Ctrl+C pressed already.</summary>
    internal TimeSpan CleanUpPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The name of the database in the environment file.</summary>
    public string DatabaseName => Name ?? Backup.Name;
}
