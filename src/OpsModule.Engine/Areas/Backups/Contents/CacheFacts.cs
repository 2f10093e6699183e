using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups.Contents;

/// <summary>What the manifest of a cache's backup says of the server and of what is in it.</summary>
public sealed record CacheFacts
{
    /// <summary>The version of the RDB format.</summary>
    public int RdbVersion { get; init; }

    /// <summary>Who wrote it: <c>redis</c> or <c>valkey</c>; empty where that is not known, as of imported files.</summary>
    public string Server { get; init; } = "";

    /// <summary>The run of the server that was backed up; empty where that is not known.</summary>
    public string RunId { get; init; } = "";

    /// <summary>True when a replica was asked.</summary>
    public bool FromReplica { get; init; }

    /// <summary>The server's limit in bytes; 0 for none.</summary>
    public long MaxMemory { get; init; }

    /// <summary>What the server does when that is reached, for example <c>noeviction</c>.</summary>
    public string Policy { get; init; } = "";

    /// <summary>Bytes of memory that the server used when it was backed up.</summary>
    public long UsedMemory { get; init; }

    /// <summary>All keys.</summary>
    public long Keys { get; init; }

    /// <summary>Keys that expire.</summary>
    public long Expiring { get; init; }

    /// <summary>Keys that had expired already when it was backed up, and that no server loads.</summary>
    public long Expired { get; init; }

    /// <summary>Its databases that hold something.</summary>
    public IReadOnlyList<CacheDatabase> Databases { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What its keys hold.</summary>
    public IReadOnlyList<CacheType> Types { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Modules that a server needs to load it.</summary>
    public IReadOnlyList<string> Modules { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Libraries of functions.</summary>
    public int Functions { get; init; }

    /// <summary>A digest of all keys with their databases, types and expiries, in no order.</summary>
    public string Digest { get; init; } = "";

    /// <summary>False when the server wrote no checksum of its own.</summary>
    public bool HasChecksum { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Keys:N0} keys in {Databases.Count} database{(Databases.Count == 1 ? "" : "s")}");
}

/// <summary>One database of a cache.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Keys">How many keys it has.</param>
/// <param name="Expiring">How many of them expire.</param>
/// <param name="Bytes">How much they take in the backup.</param>
public sealed record CacheDatabase(int Number, long Keys, long Expiring, long Bytes)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Number}: {Keys:N0} keys");
}

/// <summary>What keys of one type there are.</summary>
/// <param name="Name">The type, as TYPE tells it.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="Bytes">How much they take in the backup.</param>
public sealed record CacheType(string Name, long Keys, long Bytes)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Name}: {Keys:N0} keys");
}
