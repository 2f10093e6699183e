namespace OpsModule.Connections.Files;

/// <summary>How a file was written.</summary>
public enum FileWriting
{
    /// <summary>Not at all: it held these bytes.</summary>
    Unchanged,

    /// <summary>Another file took its place at once: whoever opens it sees the old bytes or the new ones.</summary>
    Replaced,

    /// <summary>In the same file, because others hold it by itself: a container that it is mounted into, another name of it.</summary>
    InPlace,
}
