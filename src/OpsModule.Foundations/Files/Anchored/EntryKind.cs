namespace OpsModule.Foundations.Files.Anchored;

/// <summary>What a name in a folder is, without following it.</summary>
public enum EntryKind
{
    /// <summary>A regular file.</summary>
    File,
    /// <summary>A folder.</summary>
    Folder,
    /// <summary>A symbolic link.</summary>
    Link,
    /// <summary>A pipe with a name.</summary>
    Pipe,
    /// <summary>A socket.</summary>
    Socket,
    /// <summary>A device.</summary>
    Device,
}
