using System.Diagnostics;
using System.Globalization;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Redis;

namespace OpsModule.Engine.Health;

/// <summary>What INFO tells of a Redis server.</summary>
internal static class CacheCheck
{
    public const string Connect = "cache.connect";
    public const string Persistence = "cache.persistence";
    public const string Replication = "cache.replication";

    /// <summary>Fewer lookups than this say nothing of a hit rate.</summary>
    private const double FewLookups = 100;

    public static HealthCheck Of(OpsContext context, CacheSettings cache) => new(Connect, cache.Name, (report, token) => RunAsync(context, cache, report, token))
    {
        Checks = [Connect, "cache.memory", "cache.hitRate", Persistence, Replication],
        Services = cache.Service is { } service ? [service] : [],
        TimeoutRemedy = $"Does the server still work,{(cache.Tls ? " does it speak TLS on this port," : "")} and does caches.{cache.Name} have the right host and port?",
    };

    private static async Task RunAsync(OpsContext context, CacheSettings cache, HealthReport report, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        RedisServer server = await RedisServer.ResolveAsync(context.Environment, cache.Name, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, string> info = await connection.InfoAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (info.GetValueOrDefault("loading") == "1")
            report.Said(HealthStatus.Degraded, $"Redis {Text(info, "redis_version")} is still loading its data.", "Wait until it has.", took);
        else report.Said(HealthStatus.Healthy, $"Redis {Text(info, "redis_version")} answers.", latency: took);
        ReportMemory(info, report);
        ReportHits(info, report);
        ReportPersistence(info, report);
        ReportReplication(info, report);
    }

    private static void ReportMemory(IReadOnlyDictionary<string, string> info, HealthReport report)
    {
        double used = Number(info, "used_memory"), limit = Number(info, "maxmemory"), machine = Number(info, "total_system_memory");
        bool limited = limit > 0;
        double most = limited ? limit : machine;
        if (!(most > 0)) return;
        report.Measured("cache.memory", 100 * used / most, $"{Size(used)} of {Size(most)}{(limited ? $" ({Text(info, "maxmemory_policy")})" : "; no maxmemory is set, so this is the machine's")}.",
            limited ? "Raise maxmemory, shorten the life of keys, or see that the eviction policy is what you want." : "Set maxmemory and an eviction policy, before the machine runs out of memory.");
    }

    private static void ReportHits(IReadOnlyDictionary<string, string> info, HealthReport report)
    {
        double hits = Number(info, "keyspace_hits"), all = hits + Number(info, "keyspace_misses");
        report.Check = "cache.hitRate";
        if (all < FewLookups) report.Said(HealthStatus.Healthy, $"{all:0} lookups since the server started are too few to judge.");
        else report.Measured("cache.hitRate", 100 * hits / all, $"{hits:N0} of {all:N0} lookups found something.", "Review how long keys live, and whether memory is short and keys are evicted.");
    }

    private static void ReportPersistence(IReadOnlyDictionary<string, string> info, HealthReport report)
    {
        report.Check = Persistence;
        string[] failed = [.. new[] { ("rdb_last_bgsave_status", "the last snapshot"), ("aof_last_write_status", "the last write to the append-only file"), ("aof_last_bgrewrite_status", "the last rewrite of the append-only file") }
            .Where(s => info.GetValueOrDefault(s.Item1) == "err").Select(s => s.Item2)];
        if (failed.Length > 0) report.Said(HealthStatus.Unhealthy, $"{Capital(string.Join(" and ", failed))} failed.", "Look at the server's log: a full disk, or a folder it may not write to.");
        else report.Said(HealthStatus.Healthy, $"{(info.GetValueOrDefault("aof_enabled") == "1" ? "The append-only file is on" : "The append-only file is off")}; the last snapshot was {SnapshotAge(info)}.");
    }

    private static string SnapshotAge(IReadOnlyDictionary<string, string> info)
    {
        double saved = Number(info, "rdb_last_save_time");
        return double.IsNaN(saved) ? "never made" : $"at {DateTimeOffset.FromUnixTimeSeconds((long)saved):yyyy-MM-dd HH:mm:ss}Z, with {Text(info, "rdb_changes_since_last_save")} changes since";
    }

    private static void ReportReplication(IReadOnlyDictionary<string, string> info, HealthReport report)
    {
        report.Check = Replication;
        if (info.GetValueOrDefault("role") == "slave")
        {
            bool up = info.GetValueOrDefault("master_link_status") == "up";
            report.Said(up ? HealthStatus.Healthy : HealthStatus.Unhealthy, $"This replica's link to {Text(info, "master_host")}:{Text(info, "master_port")} is {Text(info, "master_link_status")}.",
                "Look at the replica's log: is the primary there, and is masterauth right?");
        }
        else if (Number(info, "connected_slaves") is > 0 and var replicas)
        {
            int online = info.Count(p => p.Key.StartsWith("slave", StringComparison.Ordinal) && p.Value.Contains("state=online", StringComparison.Ordinal));
            report.Said(online >= replicas ? HealthStatus.Healthy : HealthStatus.Degraded, $"{online} of {replicas:0} replicas are online.", "Look at the log of the replica that is not.");
        }
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Size(double bytes) => LevelText.Show(bytes, FigureUnit.Bytes);

    private static string Text(IReadOnlyDictionary<string, string> info, string key) => info.GetValueOrDefault(key) ?? "?";

    private static double Number(IReadOnlyDictionary<string, string> info, string key) =>
        double.TryParse(info.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
