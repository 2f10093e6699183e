namespace OpsModule.Foundations.Files;

/// <summary>What a name in a folder stands for.</summary>
public enum FileType
{
    /// <summary>A file.</summary>
    Regular,
    /// <summary>A pipe with a name.</summary>
    Pipe,
    /// <summary>A link, looked at by itself.</summary>
    Link,
    /// <summary>A folder, a device, a socket.</summary>
    Other,
}
