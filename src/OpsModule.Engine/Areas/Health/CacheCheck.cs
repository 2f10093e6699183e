using System.Diagnostics;
using System.Globalization;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

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
        RedisServer server = await CacheServers.ResolveAsync(context, cache.Name, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, string> info = await connection.InfoAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (info.GetValueOrDefault("loading") == "1")
            report.Said(HealthStatus.Degraded, $"Redis {Text(info, "redis_version")} is still loading its data.", "Wait until it has.", took);
        else report.Said(HealthStatus.Healthy, $"Redis {Text(info, "redis_version")} answers.", latency: took);
        ReportMemory(info, report);
        ReportHits(info, report);
        await ReportPersistenceAsync(info, connection, report, cancellationToken).ConfigureAwait(false);
        if (report.Wants(Replication)) await ReportReplicationAsync(new ReplicaMemory(context, "caches." + cache.Name), cache, info, connection, report, cancellationToken).ConfigureAwait(false);
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

    private static async Task ReportPersistenceAsync(IReadOnlyDictionary<string, string> info, RedisConnection connection, HealthReport report, CancellationToken cancellationToken)
    {
        report.Check = Persistence;
        string[] failed = [.. new[] { ("rdb_last_bgsave_status", "the last snapshot"), ("aof_last_write_status", "the last write to the append-only file"), ("aof_last_bgrewrite_status", "the last rewrite of the append-only file") }
            .Where(s => info.GetValueOrDefault(s.Item1) == "err").Select(s => s.Item2)];
        if (failed.Length == 0)
        {
            report.Said(HealthStatus.Healthy, $"{(info.GetValueOrDefault("aof_enabled") == "1" ? "The append-only file is on" : "The append-only file is off")}; {Snapshot(info, report.Now)}.");
            return;
        }
        // A server that refuses writes for this reason refuses this, too.
        bool refuses = await connection.CallAsync(["PING"], cancellationToken).ConfigureAwait(false) is RedisError { Code: "MISCONF" };
        report.Said(HealthStatus.Unhealthy, $"{Capital(string.Join(" and ", failed))} failed{(refuses ? "; the server refuses every write until one succeeds (MISCONF)" : "")}.", "Look at the server's log: a full disk, or a folder it may not write to.");
    }

    private static string Snapshot(IReadOnlyDictionary<string, string> info, DateTimeOffset now)
    {
        double saved = Number(info, "rdb_last_save_time"), clock = Number(info, "server_time_usec") / 1_000_000, started = (double.IsNaN(clock) ? now.ToUnixTimeSeconds() : clock) - Number(info, "uptime_in_seconds");
        // A server that has made none says the time of its start. Since Redis 7 it counts them; before that, what did not take any time was not made.
        bool none = Number(info, "rdb_saves") is var count && !double.IsNaN(count) ? count == 0 : Number(info, "rdb_last_bgsave_time_sec") < 0 && Math.Abs(saved - started) < 3;
        string changes = $"{Text(info, "rdb_changes_since_last_save")} changes since";
        return double.IsNaN(saved) || none ? $"no snapshot has been made since the server started at {At(started)}, with {changes}" : $"the last snapshot was at {At(saved)}, with {changes}";

        static string At(double seconds) => $"{DateTimeOffset.FromUnixTimeSeconds((long)seconds):yyyy-MM-dd HH:mm:ss}Z";
    }

    private static async Task ReportReplicationAsync(ReplicaMemory memory, CacheSettings cache, IReadOnlyDictionary<string, string> info, RedisConnection connection, HealthReport report, CancellationToken cancellationToken)
    {
        report.Check = Replication;
        if (info.GetValueOrDefault("cluster_enabled") == "1" && await connection.CallAsync(["CLUSTER", "INFO"], cancellationToken).ConfigureAwait(false) is RedisText { Value: { } cluster } && cluster.Contains("cluster_state:fail", StringComparison.Ordinal))
        {
            report.Said(HealthStatus.Unhealthy, "The cluster is down and refuses commands (CLUSTERDOWN).", "See which slots have no node: redis-cli --cluster check.");
            return;
        }
        if (info.GetValueOrDefault("role") == "slave")
        {
            bool up = info.GetValueOrDefault("master_link_status") == "up";
            report.Said(up ? HealthStatus.Healthy : HealthStatus.Unhealthy, $"This replica's link to {Text(info, "master_host")}:{Text(info, "master_port")} is {Text(info, "master_link_status")}.",
                "Look at the replica's log: is the primary there, and is masterauth right?");
            return;
        }
        int replicas = Count(info, "connected_slaves"), online = info.Count(p => p.Key.StartsWith("slave", StringComparison.Ordinal) && p.Value.Contains("state=online", StringComparison.Ordinal));
        int expected = Math.Max(replicas, memory.Expected(online, cache.Replicas));
        string remedy = memory.Remedy(online), count = $"{online} of {expected} replicas are online";
        int good = Count(info, "min_slaves_good_slaves"), needed = info.ContainsKey("min_slaves_good_slaves") ? await NeededAsync(connection, cancellationToken).ConfigureAwait(false) : 0;
        if (good < needed)
            report.Said(HealthStatus.Unhealthy, $"The server refuses every write (NOREPLICAS): min-replicas-to-write is {needed}, and {good} replicas keep up.", "Bring the replicas back; or, when they were taken away on purpose, lower min-replicas-to-write.");
        else if (online < expected) report.Said(HealthStatus.Degraded, count + ".", remedy);
        // For an hour the server keeps what a replica that comes back would miss.
        else if (expected == 0 && cache.Replicas is null && info.GetValueOrDefault("repl_backlog_active") == "1")
            report.Said(HealthStatus.Degraded, "No replica is connected, and not long ago one was (it may have been a copy made with redis-cli --rdb).", remedy);
        else if (expected > 0) report.Said(HealthStatus.Healthy, count + ".");
    }

    /// <summary>How many replicas must keep up for a write; who may not read the configuration knows that it is at least one.</summary>
    private static async Task<int> NeededAsync(RedisConnection connection, CancellationToken cancellationToken) =>
        await connection.CallAsync(["CONFIG", "GET", "min-*-to-write"], cancellationToken).ConfigureAwait(false) is RedisList { Items: [_, { } value, ..] } && int.TryParse(value.Text, CultureInfo.InvariantCulture, out int needed) ? needed : 1;

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Size(double bytes) => LevelText.Show(bytes, FigureUnit.Bytes);

    private static string Text(IReadOnlyDictionary<string, string> info, string key) => info.GetValueOrDefault(key) ?? "?";

    /// <summary>0 where it is not told. No cast: what a number that is none becomes differs between .NET 8 and 9.</summary>
    private static int Count(IReadOnlyDictionary<string, string> info, string key) => int.TryParse(info.GetValueOrDefault(key), CultureInfo.InvariantCulture, out int count) ? count : 0;

    private static double Number(IReadOnlyDictionary<string, string> info, string key) =>
        double.TryParse(info.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
