using System.Diagnostics;
using System.Globalization;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health.Memories;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What INFO tells of a Redis server.</summary>
internal static class CacheCheck
{
    public const string Connect = "cache.connect";
    public const string Persistence = "cache.persistence";
    public const string Replication = "cache.replication";

    private const string Clients = "cache.clients", MemoryUsed = "cache.memory";

    /// <summary>A primary sends something every 10 s, and a replica answers every second: who was silent for longer hangs.</summary>
    private const int SilentPrimary = 30, SilentReplica = 10;

    /// <summary>Fewer lookups than this say nothing of a hit rate.</summary>
    private const double FewLookups = 100;

    public static HealthCheck Of(OpsContext context, CacheSettings cache) => new(Connect, cache.Name, (report, token) => RunAsync(context, cache, report, token))
    {
        IsNeededByOthers = true,
        Checks = [Connect, MemoryUsed, Clients, "cache.hitRate", Persistence, Replication],
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
        ReportMemory(info, context.Environment, report);
        ReportClients(info, report);
        if (report.Wants("cache.hitRate")) ReportHits(info, new CounterMemory(context, "cache-" + cache.Name), report);
        await ReportPersistenceAsync(info, connection, report, cancellationToken).ConfigureAwait(false);
        if (report.Wants(Replication)) await ReportReplicationAsync(context, cache, info, connection, report,
            cancellationToken).ConfigureAwait(false);
    }

    private static void ReportMemory(IReadOnlyDictionary<string, string> info, OpsEnvironment environment, HealthReport report)
    {
        double used = Number(info, "used_memory"), limit = Number(info, "maxmemory"), machine = Number(info, "total_system_memory");
        bool limited = limit > 0;
        double most = limited ? limit : machine, share = 100 * used / most;
        if (!(most > 0)) return;
        string policy = Text(info, "maxmemory_policy"), of = $"{Size(used)} of {Size(most)}";
        // Who may throw any key away is meant to be full; how much it misses is told by its hit rate.
        if (limited && policy.StartsWith("allkeys-", StringComparison.Ordinal) && !environment.Thresholds.ContainsKey(MemoryUsed)
            && share > 0)
            report.Measured(MemoryUsed, new Limits(FigureUnit.Percent, true, null, null), share,
                $"{of}; {policy} makes room when it is full.", "");
        else if (limited && policy == "noeviction" && used >= limit)
            report.Measured(MemoryUsed, share,
                $"{of}: the server refuses every write that needs memory (OOM), because maxmemory-policy is noeviction.",
                "Raise maxmemory, remove keys, or set a policy that evicts (maxmemory-policy allkeys-lru for a cache).");
        else
            report.Measured(MemoryUsed, share, $"{of}{(limited ? $" ({policy})" : "; no maxmemory is set, so this is the machine's")}.",
                limited ? "Raise maxmemory, shorten the life of keys, or see that the eviction policy is what you want."
                    : "Set maxmemory and an eviction policy, before the machine runs out of memory.");
    }

    /// <summary>Told where the server says how many it takes, and few places are left.</summary>
    private static void ReportClients(IReadOnlyDictionary<string, string> info, HealthReport report)
    {
        // One of them is ours.
        double most = Number(info, "maxclients"), now = Number(info, "connected_clients") - 1;
        if (!(most > 0) || double.IsNaN(now) || report.LimitsOf(Clients).Judge(100 * now / most) == HealthStatus.Healthy) return;
        report.Measured(Clients, 100 * now / most, $"{now:0} of {most:0} connections are taken.",
            "End clients that idle (CLIENT LIST, timeout), pool connections in the application, or raise maxclients.");
    }

    /// <summary>
    /// Since an earlier run, where one is remembered: what happened long ago says little of now, and checks of our own that look for keys
    /// would add up.
    /// </summary>
    private static void ReportHits(IReadOnlyDictionary<string, string> info, CounterMemory memory, HealthReport report)
    {
        double hits = Number(info, "keyspace_hits"), misses = Number(info, "keyspace_misses");
        report.Check = "cache.hitRate";
        if (double.IsNaN(hits + misses)) return;
        CounterNote? before = memory.Exchange(new Dictionary<string, double> { ["hits"] = hits, ["misses"] = misses }, report.Now);
        string since = "since the server started";
        // After a start of the server it counts from zero.
        if (before is not null && before.Counted.GetValueOrDefault("hits") <= hits && before.Counted.GetValueOrDefault("misses") <= misses)
        {
            hits -= before.Counted.GetValueOrDefault("hits");
            misses -= before.Counted.GetValueOrDefault("misses");
            since = $"in the {DurationText.Show(report.Now - before.Time)} since an earlier run";
        }
        double all = hits + misses;
        if (all < FewLookups) report.Said(HealthStatus.Healthy, $"{all:0} lookups {since} are too few to judge.");
        else
            report.Measured("cache.hitRate", 100 * hits / all, $"{hits:N0} of {all:N0} lookups {since} found something.",
                "Review how long keys live, and whether memory is short and keys are evicted.");
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

    private static async Task ReportReplicationAsync(OpsContext context, CacheSettings cache, IReadOnlyDictionary<string, string> info,
        RedisConnection connection, HealthReport report, CancellationToken cancellationToken)
    {
        report.Check = Replication;
        bool follows = info.GetValueOrDefault("role") == "slave", clustered = info.GetValueOrDefault("cluster_enabled") == "1";
        if (clustered && await connection.CallAsync(["CLUSTER", "INFO"],
            cancellationToken).ConfigureAwait(false)
            is RedisText { Value: { } cluster } && cluster.Contains("cluster_state:fail", StringComparison.Ordinal))
        {
            report.Said(HealthStatus.Unhealthy, "The cluster is down and refuses commands (CLUSTERDOWN).", "See which slots have no node: redis-cli --cluster check.");
            return;
        }
        string key = "caches." + cache.Name;
        var servers = context.Environment.Caches.Values.Select(c =>
            c.Service ?? $"{c.Host}:{c.Port}").Distinct(StringComparer.OrdinalIgnoreCase);
        // In a cluster roles change by themselves, and clients are sent on.
        RoleProblem? role = clustered ? null : new MeantRole(context, key, "replica", cache.Role).Judge(follows, servers.Count() == 1);
        if (follows) ReportLink(info, role, report);
        else await ReportReplicasAsync(new ReplicaMemory(context, key), cache, role, info, connection, report,
            cancellationToken).ConfigureAwait(false);
    }

    private static void ReportLink(IReadOnlyDictionary<string, string> info, RoleProblem? role, HealthReport report)
    {
        bool up = info.GetValueOrDefault("master_link_status") == "up", copies = info.GetValueOrDefault("master_sync_in_progress") == "1";
        string primary = $"{Text(info, "master_host")}:{Text(info, "master_port")}",
            link = $"This replica's link to {primary} is {Text(info, "master_link_status")}.";
        int silent = Count(info, "master_last_io_seconds_ago");
        if (!up && copies)
            report.Said(HealthStatus.Degraded, $"This replica copies all data of {primary} anew, and is not up to date until it has.",
                "Wait until it has; when it begins again and again, look at the replica's log and at the primary's client-output-buffer-limit.");
        else if (!up) report.Said(HealthStatus.Unhealthy, link,
            "Look at the replica's log: is the primary there, and is masterauth right?");
        else if (role is not null) report.Said(role.IsGrave ? HealthStatus.Unhealthy : HealthStatus.Degraded, $"{link} {role.Text}",
            role.Remedy);
        else if (silent > SilentPrimary)
            report.Said(HealthStatus.Degraded, $"{link} Nothing has come from there for {silent} s.",
                "Does the primary still work, and the network between the two?");
        else report.Said(HealthStatus.Healthy, link);
    }

    private static async Task ReportReplicasAsync(ReplicaMemory memory, CacheSettings cache, RoleProblem? role,
        IReadOnlyDictionary<string, string> info,
        RedisConnection connection, HealthReport report, CancellationToken cancellationToken)
    {
        // slave0:ip=10.0.0.2,port=6379,state=online,offset=238,lag=0
        string[] told = [.. info.Where(p => p.Key.StartsWith("slave", StringComparison.Ordinal) && p.Value.Contains("state=",
            StringComparison.Ordinal)).Select(p => p.Value)];
        string[] silent = [.. told.Where(t => t.Contains("state=online", StringComparison.Ordinal) && Lag(t) > SilentReplica)];
        int replicas = Count(info, "connected_slaves"), online = told.Count(t => t.Contains("state=online",
            StringComparison.Ordinal)) - silent.Length;
        int expected = Math.Max(replicas, memory.Expected(online, cache.Replicas));
        string remedy = memory.Remedy(online), count = $"{online} of {expected} replicas are online";
        int good = Count(info, "min_slaves_good_slaves");
        int needed = info.ContainsKey("min_slaves_good_slaves") ? await NeededAsync(connection, cancellationToken).ConfigureAwait(false)
            : 0;
        if (good < needed)
            report.Said(HealthStatus.Unhealthy,
                $"The server refuses every write (NOREPLICAS): min-replicas-to-write is {needed}, and {good} replicas keep up.",
                "Bring the replicas back; or, when they were taken away on purpose, lower min-replicas-to-write.");
        else if (role is not null) report.Said(role.IsGrave ? HealthStatus.Unhealthy : HealthStatus.Degraded, role.Text, role.Remedy);
        else if (silent.Length > 0)
            report.Said(HealthStatus.Degraded, $"{count}; one has said nothing for {silent.Max(Lag)} s ({silent[0].Split(",state=")[0]}).",
                "Does that replica still work, and the network between the two?");
        else if (online < expected && told.Length > online)
            report.Said(HealthStatus.Degraded, $"{count}; one still copies the data ({told.First(t => !t.Contains("state=online", StringComparison.Ordinal)).Split(",offset=")[0]}).",
                "Wait until it has; when it begins again and again, look at its log and at client-output-buffer-limit.");
        else if (online < expected) report.Said(HealthStatus.Degraded, count + ".", remedy);
        // For an hour the server keeps what a replica that comes back would miss.
        else if (expected == 0 && cache.Replicas is null && info.GetValueOrDefault("repl_backlog_active") == "1")
            report.Said(HealthStatus.Degraded, "No replica is connected, and not long ago one was (it may have been a copy made with redis-cli --rdb).", remedy);
        else if (expected > 0) report.Said(HealthStatus.Healthy, count + ".");
    }

    private static int Lag(string replica) =>
        int.TryParse(replica.Split(',').FirstOrDefault(p => p.StartsWith("lag=", StringComparison.Ordinal))?[4..],
            CultureInfo.InvariantCulture, out int lag) ? lag : 0;

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
