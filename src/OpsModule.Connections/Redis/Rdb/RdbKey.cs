namespace OpsModule.Connections.Redis.Rdb;

/// <summary>One key, as it passes. The reader uses one object for all of them: keep what you need of it.</summary>
public sealed class RdbKey
{
    /// <summary>The number of its database.</summary>
    public int Database { get; internal set; }

    /// <summary>Its name, or the beginning of one that is longer than the reader keeps.</summary>
    public ReadOnlyMemory<byte> Name { get; internal set; }

    /// <summary>How many bytes its name has.</summary>
    public long NameLength { get; internal set; }

    /// <summary>True when <see cref="Name"/> is only the beginning.</summary>
    public bool IsCut => NameLength > Name.Length;

    /// <summary>What it holds.</summary>
    public RdbKind Kind { get; internal set; }

    /// <summary>The number of its type in the file, which tells how it is written.</summary>
    public byte Type { get; internal set; }

    /// <summary>When it expires, in milliseconds since 1970; null for never.</summary>
    public long? ExpiresAt { get; internal set; }

    /// <summary>Seconds since it was last used, where the server's policy counts them.</summary>
    public long? Idle { get; internal set; }

    /// <summary>How often it is used, where the server's policy counts that.</summary>
    public byte? Frequency { get; internal set; }

    /// <summary>How many bytes the key and its value take in the file. In a server's memory they take more.</summary>
    public long Bytes { get; internal set; }

    /// <summary>How many elements, fields or entries it has; -1 where the file does not say.</summary>
    public long Elements { get; internal set; }

    /// <summary>The module that its value is of; null for others.</summary>
    public string? Module { get; internal set; }
}
