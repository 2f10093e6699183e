using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

/// <summary>What a real Redis tells.</summary>
public sealed class CacheCheckTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task An_open_server_tells_all_there_is_to_know()
    {
        List<HealthResult> results = await _lab.RunAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort} }} }}", ["cache"]);

        Assert.Equal([("cache.connect", HealthStatus.Healthy), ("cache.memory", HealthStatus.Healthy), ("cache.hitRate", HealthStatus.Healthy), ("cache.persistence", HealthStatus.Healthy)],
            results.Select(r => (r.Check, r.Status)));
        Assert.Contains("no maxmemory is set", results[1].Message);
        Assert.Contains("too few to judge", results[2].Message);
    }

    [Theory]
    [InlineData("", RedisFixture.Password, HealthStatus.Healthy)]
    [InlineData("user: app, ", RedisFixture.Password, HealthStatus.Healthy)]
    [InlineData("", "wrong-password-8", HealthStatus.Unhealthy)]
    [InlineData("user: nobody, ", RedisFixture.Password, HealthStatus.Unhealthy)]
    [InlineData("user: blind, ", RedisFixture.Password, HealthStatus.Unhealthy)]
    public async Task A_locked_server_lets_in_who_knows_the_password(string user, string password, HealthStatus status)
    {
        _lab.Folder.Write(".env", $"PW={password}\n");
        HealthResult result = (await _lab.RunAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.LockedPort}, {user}password: \"file:.env#PW\" }} }}", ["cache"]))[0];

        Assert.Equal(("cache.connect", status), (result.Check, result.Status));
        Assert.DoesNotContain(password, result.ToString() + result.Remedy);
    }

    [Fact]
    public async Task Who_has_no_password_or_one_too_many_is_told()
    {
        _lab.Folder.Write(".env", "PW=needless-3\n");
        HealthResult none = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.LockedPort} }} }}", "cache");
        HealthResult refused = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {FreePorts.Take()} }} }}", "cache");
        HealthResult needless = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort}, password: \"file:.env#PW\" }} }}", "cache");
        HealthResult named = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort}, user: nobody, password: \"file:.env#PW\" }} }}", "cache");

        Assert.Contains("knows no password", needless.Message);
        Assert.All([none, refused, named, needless], r => Assert.Equal(("cache.connect", HealthStatus.Unhealthy), (r.Check, r.Status)));
        Assert.Contains("NOAUTH", none.Message);
        Assert.Contains("nothing listens there", refused.Message);
    }

    [Fact]
    public async Task What_is_no_redis_is_told()
    {
        await using var web = new WebServer();
        HealthResult result = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {web.Port} }} }}", "cache");
        Assert.Contains("is no Redis server", result.Message);
    }

    [Fact]
    public async Task Memory_against_its_limit_hit_rate_and_commands_are_figures()
    {
        int port = await redis.StartAsync("figures", "maxmemory 20mb\nsave \"\"");
        string text = $$"""
            caches: { main: { host: 127.0.0.1, port: {{port}} } }
            thresholds: { cache.memory: { warning: 1%, critical: 99% } }
            checks:
              queue: { redis: "LLEN jobs", warning: 2, critical: 10 }
              typo: { redis: "LLENN jobs" }
            """;
        using (RedisConnection filler = await (await CacheServers.ResolveAsync(_lab.Context(text), null, default)).ConnectAsync(default))
            await filler.CallAsync(["LPUSH", "jobs", "a", "b", "c"], default);
        HealthResult queue = await _lab.OneAsync(text, "queue"), typo = await _lab.OneAsync(text, "typo"), memory = await _lab.OneAsync(text, "cache.memory");
        OpsContext context = _lab.Context(text);
        using (RedisConnection connection = await (await CacheServers.ResolveAsync(context, null, default)).ConnectAsync(default))
            for (int i = 0; i < 120; i++) await connection.CallAsync(["GET", i < 40 ? "none" : "there"], default);

        HealthResult rate = await _lab.OneAsync(text, "cache.hitRate");

        Assert.Equal((HealthStatus.Degraded, "3"), (queue.Status, queue.Value));
        Assert.Equal(HealthStatus.Unhealthy, typo.Status);
        Assert.Equal((HealthStatus.Degraded, "from 1% / 99%"), (memory.Status, memory.Threshold));
        Assert.Equal(HealthStatus.Unhealthy, rate.Status);
        Assert.InRange(rate.Number!.Value, 0, 5);
    }

    [Fact]
    public async Task Lookups_are_told_since_an_earlier_run_so_that_checks_do_not_add_up()
    {
        int port = await redis.StartAsync("lookups", "save \"\"");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}";
        DateTimeOffset start = DateTimeOffset.UtcNow;
        await AskAsync("none", 200);
        Assert.Equal((HealthStatus.Unhealthy, "0%"), await RateAsync(0));
        await SendAsync(text, "SET", "there", "1");
        await AskAsync("there", 200);
        Assert.Equal((HealthStatus.Healthy, "100%"), await RateAsync(90));
        await AskAsync("none", 50);
        Assert.Equal((HealthStatus.Healthy, null), await RateAsync(180));

        async Task AskAsync(string key, int times)
        {
            using RedisConnection connection = await (await CacheServers.ResolveAsync(_lab.Context(text), null, default)).ConnectAsync(default);
            for (int i = 0; i < times; i++) await connection.CallAsync(["GET", key], default);
        }

        async Task<(HealthStatus, string?)> RateAsync(int seconds)
        {
            HealthResult rate = Assert.Single(await _lab.RunAsync(text, ["cache.hitRate"], change: c => c with { Time = new FixedTime(start.AddSeconds(seconds)) }));
            return (rate.Status, rate.Value);
        }
    }

    private static OpsContext After60Days(OpsContext context) => context with { Time = new FixedTime(DateTimeOffset.UtcNow.AddDays(60)) };

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    [Fact]
    public async Task A_replica_that_keeps_up_is_healthy_on_both_sides()
    {
        int primary = await redis.StartAsync("primary", "repl-diskless-sync-delay 0"), replica = await redis.StartAsync("follower", $"replicaof 127.0.0.1 {primary}");
        string text = $"caches: {{ primary: {{ host: 127.0.0.1, port: {primary} }}, replica: {{ host: 127.0.0.1, port: {replica} }} }}";
        List<HealthResult> results;
        do results = await _lab.RunAsync(text, ["cache.replication"]);
        while (results.Count < 2 || results.Any(r => r.Status != HealthStatus.Healthy));

        Assert.Equal("1 of 1 replicas online.", results.Single(r => r.Target == "primary").Message.Replace(" are", ""));
        Assert.Equal($"This replica's link to 127.0.0.1:{primary} is up.", results.Single(r => r.Target == "replica").Message);
    }

    [Fact]
    public async Task A_replica_whose_primary_is_gone_is_unhealthy()
    {
        int gone = FreePorts.Take(), replica = await redis.StartAsync("replica", $"replicaof 127.0.0.1 {gone}");
        HealthResult result = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {replica} }} }}", "cache.replication");
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains($"127.0.0.1:{gone} is down", result.Message);
    }

    [Fact]
    public async Task A_replica_that_was_lost_is_missed_by_who_saw_it_and_by_who_comes_soon_after()
    {
        int primary = await redis.StartAsync("left", "repl-diskless-sync-delay 0"), replica = await redis.StartAsync("leaving", $"replicaof 127.0.0.1 {primary}");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {primary} }} }}";
        await UntilAsync(text, r => r.Contains("1 of 1"));
        await SendAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {replica} }} }}", "SHUTDOWN", "NOSAVE");

        HealthResult lost = await UntilAsync(text, r => r.Contains("0 of 1 replicas are online"));
        Assert.Equal(HealthStatus.Degraded, lost.Status);
        Assert.Contains("caches.main.replicas: 0", lost.Remedy);
        // Nobody brings it back by waiting.
        Assert.Contains("0 of 1", Assert.Single(await _lab.RunAsync(text, ["cache.replication"], change: After60Days)).Message);
        using var other = new HealthLab();
        HealthResult first = await other.OneAsync(text, "cache.replication");
        Assert.Equal(HealthStatus.Degraded, first.Status);
        Assert.Contains("not long ago one was", first.Message);
        Assert.Empty(await other.RunAsync(text.Replace("main: {", "main: { replicas: 0,"), ["cache.replication"]));
        Assert.Contains("0 of 2", (await other.OneAsync(text.Replace("main: {", "main: { replicas: 2,"), "cache.replication")).Message);
    }

    [Fact]
    public async Task Writes_that_are_refused_for_want_of_replicas_are_found()
    {
        int port = await redis.StartAsync("lonely", "min-replicas-to-write 1");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}";
        Assert.Contains("NOREPLICAS", (await SendAsync(text, "LPUSH", "jobs", "a")).Text);
        HealthResult result = await _lab.OneAsync(text, "cache.replication");
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("NOREPLICAS", result.Message);
    }

    [Fact]
    public async Task A_primary_that_has_become_a_replica_is_not_well_and_a_declared_one_is()
    {
        int one = await redis.StartAsync("turned", "repl-diskless-sync-delay 0"), other = await redis.StartAsync("new-primary", "repl-diskless-sync-delay 0");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {one} }} }}";
        Assert.Empty(await _lab.RunAsync(text, ["cache.replication"]));
        await SendAsync(text, "REPLICAOF", "127.0.0.1", other.ToString());

        HealthResult turned = await UntilAsync(text, r => r.Contains("is up."));
        Assert.Equal(HealthStatus.Unhealthy, turned.Status);
        Assert.Contains("It was the primary", turned.Message);
        Assert.Contains("caches.main.role: replica", turned.Remedy);
        Assert.Contains("It was the primary", Assert.Single(await _lab.RunAsync(text, ["cache.replication"], change: After60Days)).Message);
        using var fresh = new HealthLab();
        Assert.Equal(HealthStatus.Degraded, (await fresh.OneAsync(text, "cache.replication")).Status);
        Assert.Equal(HealthStatus.Healthy, (await fresh.OneAsync(text.Replace("main: {", "main: { role: replica,"), "cache.replication")).Status);
        Assert.Equal(HealthStatus.Healthy, (await fresh.OneAsync(text.Replace("main: {", "reads-replica2: {"), "cache.replication")).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await fresh.OneAsync(text.Replace("main: {", "main: { role: primary,"), "cache.replication")).Status);
    }

    [Fact]
    public async Task A_server_that_takes_no_more_clients_or_no_more_data_says_what_to_do()
    {
        int port = await redis.StartAsync("full", "maxmemory 200kb");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}";
        HealthResult memory = await _lab.OneAsync(text, "cache.memory");
        Assert.Equal(HealthStatus.Unhealthy, memory.Status);
        Assert.Contains("refuses every write that needs memory (OOM)", memory.Message);
        await SendAsync(text, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        HealthResult evicts = await _lab.OneAsync(text, "cache.memory");
        Assert.Equal((HealthStatus.Healthy, (string?)null), (evicts.Status, evicts.Threshold));

        await SendAsync(text, "CONFIG", "SET", "maxclients", "5");
        var held = new List<RedisConnection>();
        try
        {
            for (int i = 0; i < 4; i++) held.Add(await (await CacheServers.ResolveAsync(_lab.Context(text), null, default)).ConnectAsync(default));
            HealthResult few = await _lab.OneAsync(text, "cache.clients");
            Assert.Equal((HealthStatus.Degraded, "80%"), (few.Status, few.Value));
            held.Add(await (await CacheServers.ResolveAsync(_lab.Context(text), null, default)).ConnectAsync(default));
            HealthResult none = await _lab.OneAsync(text, "cache.connect");
            Assert.Equal(HealthStatus.Unhealthy, none.Status);
            Assert.Contains("max number of clients", none.Message);
            Assert.Contains("maxclients", none.Remedy);
        }
        finally { held.ForEach(c => c.Dispose()); }
        Assert.Empty(await _lab.RunAsync(text, ["cache.clients"]));
    }

    [Fact]
    public async Task A_replica_that_hangs_is_no_longer_one_that_keeps_up()
    {
        int primary = await redis.StartAsync("heard", "repl-diskless-sync-delay 0"), replica = await redis.StartAsync("silent", $"enable-debug-command yes\nreplicaof 127.0.0.1 {primary}");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {primary} }} }}", sleeper = $"caches: {{ main: {{ host: 127.0.0.1, port: {replica} }} }}";
        await UntilAsync(text, r => r.Contains("1 of 1"));
        using RedisConnection asleep = await (await CacheServers.ResolveAsync(_lab.Context(sleeper), null, default)).ConnectAsync(default);
        Task<RedisReply> sleeping = asleep.CallAsync(["DEBUG", "SLEEP", "60"], default);
        HealthResult silent = await UntilAsync(text, r => r.Contains("has said nothing for"));
        Assert.Equal(HealthStatus.Degraded, silent.Status);
        Assert.Contains("0 of 1 replicas are online", silent.Message);
        _ = sleeping.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_cluster_that_is_down_is_found()
    {
        int port = await redis.StartAsync("cluster", "cluster-enabled yes");
        HealthResult result = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}", "cache.replication");
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("CLUSTERDOWN", result.Message);
    }

    [Fact]
    public async Task A_snapshot_that_failed_does_not_hide_the_other_figures_and_says_that_writes_are_refused()
    {
        int port = await redis.StartAsync("unsaved", "save 3600 1000000\ndbfilename taken");
        string text = $"caches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}";
        Assert.Contains("no snapshot has been made", (await _lab.OneAsync(text, "cache.persistence")).Message);
        // A folder of that name is in the way of the file.
        string folder = ((RedisList)await SendAsync(text, "CONFIG", "GET", "dir")).Items[1].Text;
        Directory.CreateDirectory(Path.Combine(folder, "taken"));
        await SendAsync(text, "SET", "a", "b");
        await SendAsync(text, "BGSAVE");

        List<HealthResult> results;
        do results = await _lab.RunAsync(text, ["cache"]);
        while (results.Single(r => r.Check == "cache.persistence").Status == HealthStatus.Healthy);
        Assert.Equal(["cache.connect", "cache.memory", "cache.hitRate", "cache.persistence"], results.Select(r => r.Check));
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), (results[0].Status, results[3].Status));
        Assert.Contains("refuses every write", results[3].Message);
    }

    private async Task<RedisReply> SendAsync(string text, params string[] command)
    {
        using RedisConnection connection = await (await CacheServers.ResolveAsync(_lab.Context(text), null, default)).ConnectAsync(default);
        try { return await connection.CallAsync(command, default); }
        catch (OpsException) when (command[0] == "SHUTDOWN") { return new RedisText(null); }
    }

    private async Task<HealthResult> UntilAsync(string text, Func<string, bool> expected)
    {
        for (int attempt = 0; ; attempt++)
        {
            HealthResult? found = (await _lab.RunAsync(text, ["cache.replication"])).SingleOrDefault();
            if (found is not null && expected(found.Message)) return found;
            if (attempt == 600) throw new InvalidOperationException(found?.ToString());
            await Task.Delay(50);
        }
    }
}
