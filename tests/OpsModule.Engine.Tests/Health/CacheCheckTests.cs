using OpsModule.Engine.Health;
using OpsModule.Engine.Redis;
using OpsModule.Engine.Tests.Fixtures;

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
        HealthResult refused = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {PostgresFixture.FreePort()} }} }}", "cache");
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
        using (RedisConnection filler = await (await RedisServer.ResolveAsync(_lab.Context(text).Environment, null, default)).ConnectAsync(default))
            await filler.CallAsync(["LPUSH", "jobs", "a", "b", "c"], default);
        HealthResult queue = await _lab.OneAsync(text, "queue"), typo = await _lab.OneAsync(text, "typo"), memory = await _lab.OneAsync(text, "cache.memory");
        OpsContext context = _lab.Context(text);
        using (RedisConnection connection = await (await RedisServer.ResolveAsync(context.Environment, null, default)).ConnectAsync(default))
            for (int i = 0; i < 120; i++) await connection.CallAsync(["GET", i < 40 ? "none" : "there"], default);

        HealthResult rate = await _lab.OneAsync(text, "cache.hitRate");

        Assert.Equal((HealthStatus.Degraded, "3"), (queue.Status, queue.Value));
        Assert.Equal(HealthStatus.Unhealthy, typo.Status);
        Assert.Equal((HealthStatus.Degraded, "from 1% / 99%"), (memory.Status, memory.Threshold));
        Assert.Equal(HealthStatus.Unhealthy, rate.Status);
        Assert.InRange(rate.Number!.Value, 0, 5);
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
        int gone = PostgresFixture.FreePort(), replica = await redis.StartAsync("replica", $"replicaof 127.0.0.1 {gone}");
        HealthResult result = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {replica} }} }}", "cache.replication");
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains($"127.0.0.1:{gone} is down", result.Message);
    }
}
