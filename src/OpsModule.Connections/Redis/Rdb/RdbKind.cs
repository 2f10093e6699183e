namespace OpsModule.Connections.Redis.Rdb;

/// <summary>What a key holds, as TYPE tells it.</summary>
public enum RdbKind
{
    /// <summary>A text or a number.</summary>
    String,

    /// <summary>A list.</summary>
    List,

    /// <summary>A set.</summary>
    Set,

    /// <summary>A sorted set.</summary>
    SortedSet,

    /// <summary>A hash.</summary>
    Hash,

    /// <summary>A stream.</summary>
    Stream,

    /// <summary>A value of a module.</summary>
    Module,
}
