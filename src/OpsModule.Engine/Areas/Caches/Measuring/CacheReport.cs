using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Measuring;

/// <summary>What is in a backup of a cache, or in an RDB file. Sizes are those in the RDB; in a server's memory keys take more.</summary>
public sealed record CacheReport : IEnvironmentRecord
{
    /// <summary>The environment; empty for a file.</summary>
    public string Environment { get; init; } = "";

    /// <summary>The backup's id, or the file.</summary>
    public required string Source { get; init; }

    /// <summary>The cache that it is of; null for a file.</summary>
    public string? Name { get; init; }

    /// <summary>When it was begun, UTC; null where nothing says it.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>The server's version, as the RDB says.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>The version of the RDB format.</summary>
    public int RdbVersion { get; init; }

    /// <summary>Bytes of the RDB.</summary>
    public long Bytes { get; init; }

    /// <summary>All keys.</summary>
    public long Keys { get; init; }

    /// <summary>Keys that expire.</summary>
    public long Expiring { get; init; }

    /// <summary>Keys that had expired when it was made.</summary>
    public long Expired { get; init; }

    /// <summary>Keys that have expired by now: a restore leaves them out, unless -ShiftExpiry is given.</summary>
    public long ExpiredNow { get; init; }

    /// <summary>Its databases.</summary>
    public IReadOnlyList<CacheDatabase> Databases { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What its keys hold.</summary>
    public IReadOnlyList<CacheType> Types { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Keys by the beginnings of their names, the largest first.</summary>
    public IReadOnlyList<CachePrefix> Prefixes { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The largest keys, the largest first.</summary>
    public IReadOnlyList<CacheKey> Biggest { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Modules that a server needs to load it.</summary>
    public IReadOnlyList<string> Modules { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Libraries of functions.</summary>
    public int Functions { get; init; }

    /// <summary>False when the server wrote no checksum of its own.</summary>
    public bool HasChecksum { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Source}: {Keys:N0} keys");
}

/// <summary>Keys whose names begin alike.</summary>
/// <param name="Name">The beginning; <c>(others)</c> for those beyond the number that is counted apart.</param>
/// <param name="Keys">How many.</param>
/// <param name="Bytes">How much they take.</param>
public sealed record CachePrefix(string Name, long Keys, long Bytes)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Name}: {Keys:N0} keys, {SizeText.Show(Bytes)}");
}

/// <summary>One large key.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Name">Its name; of a long one the beginning.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Bytes">How much it takes.</param>
/// <param name="Elements">How many elements it has; null where the RDB does not say.</param>
/// <param name="ExpiresAt">When it expires, UTC; null for never.</param>
public sealed record CacheKey(int Database, string Name, string Type, long Bytes, long? Elements, DateTimeOffset? ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {SizeText.Show(Bytes)}";
}
