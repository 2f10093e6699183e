namespace OpsModule.Engine.Areas.Backups;

/// <summary>What a backup is of.</summary>
public enum BackupKind
{
    /// <summary>A PostgreSQL database, or one tenant's schema of it.</summary>
    Database,

    /// <summary>A cache: the keys of a Redis server.</summary>
    Cache,

    /// <summary>Files of configuration.</summary>
    Configuration,
}
