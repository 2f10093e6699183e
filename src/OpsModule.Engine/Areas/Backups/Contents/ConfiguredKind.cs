namespace OpsModule.Engine.Areas.Backups.Contents;

/// <summary>What a thing in a backup of a configuration is.</summary>
internal enum ConfiguredKind
{
    /// <summary>A file.</summary>
    File,
    /// <summary>A folder.</summary>
    Folder,
    /// <summary>A symbolic link.</summary>
    Link,
    /// <summary>Another name of a file that is in the backup under its first one.</summary>
    HardLink,
}
