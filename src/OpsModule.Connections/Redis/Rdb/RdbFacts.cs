namespace OpsModule.Connections.Redis.Rdb;

/// <summary>What an RDB says of itself.</summary>
public sealed record RdbFacts
{
    /// <summary>The version of its format: 9 of Redis 5 to 6.2, 10 of 7.0, 11 of 7.2, 12 of 7.4 and 8.</summary>
    public required int Version { get; init; }

    /// <summary>The version of the server that wrote it, as it says; null when it does not.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>When it was begun, as the server says, UTC; null when it does not.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>Modules whose data is in it.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>How many libraries of functions are in it.</summary>
    public int Functions { get; init; }

    /// <summary>How many keys.</summary>
    public long Keys { get; init; }

    /// <summary>How many bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>False when the server has written no checksum (rdbchecksum no): then only its structure was checked.</summary>
    public bool HasChecksum { get; init; }
}
