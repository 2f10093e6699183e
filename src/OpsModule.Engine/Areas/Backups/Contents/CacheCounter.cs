using OpsModule.Connections.Redis.Rdb;

namespace OpsModule.Engine.Areas.Backups.Contents;

/// <summary>Counts what an RDB holds while it passes. Its memory does not grow with the number of keys.</summary>
internal class CacheCounter : RdbVisitor
{
    private readonly Dictionary<int, Tally> _databases = [];
    private readonly Tally[] _types = [.. Enum.GetValues<RdbKind>().Select(_ => new Tally())];
    private readonly CacheDigest _digest = new();
    private Tally? _current;
    private int _number = -1;

    /// <summary>Keys that expire before this moment, in milliseconds since 1970, are counted as expired.</summary>
    public long ExpiredBefore { get; init; }

    /// <summary>How many had expired before then.</summary>
    public long Expired { get; private set; }

    public override void OnKey(RdbKey key, ReadOnlyMemory<byte> payload)
    {
        if (_current is null || key.Database != _number)
        {
            if (!_databases.TryGetValue(key.Database, out _current)) _databases[key.Database] = _current = new Tally();
            _number = key.Database;
        }
        _current.Add(key);
        _types[(int)key.Kind].Add(key);
        if (key.ExpiresAt < ExpiredBefore) Expired++;
        _digest.Add(key);
    }

    /// <summary>What was counted, and what the RDB says of itself.</summary>
    public CacheFacts Facts(RdbFacts rdb) => new()
    {
        RdbVersion = rdb.Version, Keys = rdb.Keys, Expired = Expired, Expiring = _databases.Values.Sum(d => d.Expiring),
        Databases = [.. _databases.OrderBy(d => d.Key)
            .Select(d => new CacheDatabase(d.Key, d.Value.Keys, d.Value.Expiring, d.Value.Bytes))],
        Types = [.. Enum.GetValues<RdbKind>().Where(k => _types[(int)k].Keys > 0)
            .Select(k => new CacheType(NameOf(k), _types[(int)k].Keys, _types[(int)k].Bytes))],
        Modules = rdb.Modules, Functions = rdb.Functions, Digest = _digest.ToString(), HasChecksum = rdb.HasChecksum,
    };

    /// <summary>As TYPE tells it.</summary>
    public static string NameOf(RdbKind kind) => kind == RdbKind.SortedSet ? "zset" : kind.ToString().ToLowerInvariant();

    private sealed class Tally
    {
        public long Keys { get; private set; }

        public long Expiring { get; private set; }

        public long Bytes { get; private set; }

        public void Add(RdbKey key)
        {
            Keys++;
            Bytes += key.Bytes;
            if (key.ExpiresAt is not null) Expiring++;
        }
    }
}
