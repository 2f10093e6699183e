using Npgsql;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>Sessions that a tenant has, and keys of a cache that are its own, with those of others beside them.</summary>
[Collection(PostgresTenants.Name)]
public sealed class CutOffSessionTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("t:de*mo?", "t:de\\*mo\\?*")]
    [InlineData("a[b]\\-^", "a\\[b\\]\\\\\\-\\^*")]
    public void A_prefix_is_no_pattern(string prefix, string pattern) => Assert.Equal(pattern, CachePrefix.PatternOf(prefix));

    [Fact]
    public async Task Its_sessions_and_its_keys_go_and_no_other()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        lab.Load($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort} }} }}", "sessions: [ { database: main, application: \"app-{tenant}\" } ]\n"
            + "    caches: [ { cache: main, prefix: \"t:{tenant}:\" } ]");
        await using NpgsqlConnection its = await OpenAsync(lab, "app-demo"), others = await OpenAsync(lab, "app-demo2");
        using RedisConnection cache = await new RedisServer(new RedisOptions { Name = "main", Host = "127.0.0.1", Port = redis.OpenPort }).ConnectAsync(default);
        for (int i = 0; i < 2500; i++) await cache.CallAsync(["SET", $"t:demo:{i}", "1"], default);
        foreach (string key in new[] { "t:demo2:1", "t:dem", "x:t:demo:1" }) await cache.CallAsync(["SET", key, "1"], default);

        var made = (TenantRecord)(await lab.SuspendAsync())!.Value!;

        Assert.True(made.IsProven);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => new NpgsqlCommand("SELECT 1", its).ExecuteScalarAsync());
        Assert.Equal(1, await new NpgsqlCommand("SELECT 1", others).ExecuteScalarAsync());
        Assert.Equal("", (await cache.CallAsync(["KEYS", "t:demo:*"], default)).Text);
        foreach (string key in new[] { "t:demo2:1", "t:dem", "x:t:demo:1" }) Assert.Equal("1", (await cache.CallAsync(["EXISTS", key], default)).Text);
        await lab.ResumeAsync();
    }

    [Fact]
    public async Task A_cache_that_is_away_is_told_before_anything_is_done()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        lab.Load($"caches: {{ main: {{ host: 127.0.0.1, port: {PostgresFixture.FreePort()} }} }}", "caches: [ { cache: main, prefix: \"t:{tenant}:\" } ]");
        string before = await lab.LookAsync();

        Assert.Equal("CacheUnreachable", (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync())).ErrorId);
        Assert.Equal(before, await lab.LookAsync());
    }

    private static async Task<NpgsqlConnection> OpenAsync(TenantLab lab, string application)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = lab.Database.Port, Database = lab.Database.Database, Username = lab.App, Password = "app-password-1",
            ApplicationName = application, Pooling = false, Timeout = 15,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
