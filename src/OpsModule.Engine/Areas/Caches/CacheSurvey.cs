using System.Globalization;
using OpsModule.Connections.Redis;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches;

/// <summary>What a server says of itself, as far as a backup or a restore must know it.</summary>
internal sealed record CacheSurvey
{
    public required string Name { get; init; }

    /// <summary>Its version, for example <c>7.0.15</c>.</summary>
    public required string Version { get; init; }

    /// <summary><c>redis</c> or <c>valkey</c>.</summary>
    public required string Server { get; init; }

    /// <summary>Another one after each start.</summary>
    public required string RunId { get; init; }

    public bool IsReplica { get; init; }

    /// <summary>Why what a replica holds is not what its primary holds, in words; null where it is.</summary>
    public string? Stale { get; init; }

    public long MaxMemory { get; init; }

    public string Policy { get; init; } = "";

    public long UsedMemory { get; init; }

    /// <summary>How often the server has ended a connection that did not read fast enough; null where it does not count.</summary>
    public long? OutputLimits { get; init; }

    /// <summary>Whether the last time that it wrote its data out went well.</summary>
    public bool SavedWell { get; init; }

    public bool AppendOnly { get; init; }

    /// <summary>How many keys the server has thrown away since it started.</summary>
    public long Evicted { get; init; }

    public bool HasModules { get; init; }

    /// <summary>The newest version of RDB that it reads.</summary>
    public int RdbVersion => (Server, System.Version.TryParse(Version, out Version? version) ? version : new Version(0, 0)) switch
    {
        ("valkey", { Major: >= 9 }) => 80,
        ("valkey", _) => 11,
        (_, { Major: >= 8 }) or (_, { Major: 7, Minor: >= 4 }) => 12,
        (_, { Major: 7, Minor: >= 2 }) => 11,
        (_, { Major: 7 }) => 10,
        _ => 9,
    };

    /// <summary>Databases that hold something: keys, and how many of them expire.</summary>
    public IReadOnlyDictionary<int, (long Keys, long Expiring)> Databases { get; init; } = new Dictionary<int, (long, long)>();

    /// <summary>Keys in all databases.</summary>
    public long Keys => Databases.Values.Sum(d => d.Keys);

    /// <summary>Asks a server. One that this module does not back up is refused.</summary>
    /// <exception cref="OpsException"><c>CacheServerUnsupported</c>, and what the connection reports.</exception>
    public static async Task<CacheSurvey> AskAsync(RedisServer server, RedisConnection connection, CancellationToken ct)
    {
        IReadOnlyDictionary<string, string> info = await connection.InfoAsync(ct).ConfigureAwait(false);
        string name = server.Settings.Name;
        if (Foreign(info) is { } what)
            throw CacheErrors.CacheServerUnsupported.Make($"The cache {name} is {what}, which this module neither backs up nor restores.",
                "Redis 6 to 8 and Valkey 7.2 to 8 are. Use what the server itself offers.", name);
        if (info.GetValueOrDefault("cluster_enabled") == "1" || info.GetValueOrDefault("redis_mode") == "cluster")
            throw CacheErrors.CacheServerUnsupported.Make($"The cache {name} is a node of a cluster: it holds some of the keys only.",
                "Clusters are not backed up by this version.", name);
        if (info.GetValueOrDefault("redis_mode") == "sentinel")
            throw CacheErrors.CacheServerUnsupported.Make($"The cache {name} is a sentinel, which holds no keys.",
                "Name the server that it watches.", name);
        return new CacheSurvey
        {
            Name = name, Version = info.GetValueOrDefault("valkey_version") ?? info.GetValueOrDefault("redis_version", ""),
            Server = info.ContainsKey("valkey_version") ? "valkey" : "redis", RunId = info.GetValueOrDefault("run_id", ""),
            IsReplica = info.GetValueOrDefault("role") == "slave", Stale = StaleOf(info), MaxMemory = Number(info, "maxmemory"),
            Policy = info.GetValueOrDefault("maxmemory_policy", ""), UsedMemory = Number(info, "used_memory"),
            OutputLimits = info.ContainsKey("client_output_buffer_limit_disconnections")
                ? Number(info, "client_output_buffer_limit_disconnections") : null,
            SavedWell = info.GetValueOrDefault("rdb_last_bgsave_status", "ok") == "ok",
            AppendOnly = info.GetValueOrDefault("aof_enabled") == "1",
            Evicted = Number(info, "evicted_keys"), HasModules = info.ContainsKey("module"), Databases = DatabasesOf(info),
        };
    }

    private static string? Foreign(IReadOnlyDictionary<string, string> info) =>
        info.ContainsKey("dragonfly_version") ? "Dragonfly"
        : info.ContainsKey("mvcc_depth") || info.GetValueOrDefault("executable", "").Contains("keydb", StringComparison.OrdinalIgnoreCase)
            ? "KeyDB"
        : info.ContainsKey("kvrocks_version") ? "Kvrocks"
        : !info.ContainsKey("redis_version") ? "no Redis server by what it says of itself" : null;

    private static string? StaleOf(IReadOnlyDictionary<string, string> info)
    {
        if (info.GetValueOrDefault("role") != "slave") return null;
        if (info.GetValueOrDefault("master_sync_in_progress") == "1") return "it is just loading its primary's data";
        return info.GetValueOrDefault("master_link_status") == "up" ? null
            : $"it has lost its primary {Number(info, "master_link_down_since_seconds")} seconds ago";
    }

    private static Dictionary<int, (long, long)> DatabasesOf(IReadOnlyDictionary<string, string> info)
    {
        var found = new Dictionary<int, (long, long)>();
        foreach ((string key, string value) in info)
        {
            if (!key.StartsWith("db", StringComparison.Ordinal)
                || !int.TryParse(key.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int number)) continue;
            Dictionary<string, string> fields = value.Split(',').Select(f => f.Split('=', 2)).Where(f => f.Length == 2)
                .ToDictionary(f => f[0], f => f[1]);
            found[number] = (Number(fields, "keys"), Number(fields, "expires"));
        }
        return found;
    }

    private static long Number(IReadOnlyDictionary<string, string> info, string name) =>
        long.TryParse(info.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number : 0;
}
