using Npgsql;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
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
        lab.Load($"caches: {{ main: {{ host: 127.0.0.1, port: {FreePorts.Take()} }} }}", "caches: [ { cache: main, prefix: \"t:{tenant}:\" } ]");
        string before = await lab.LookAsync();

        Assert.Equal("CacheUnreachable", (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync())).ErrorId);
        Assert.Equal(before, await lab.LookAsync());
    }

    /// <summary>Whoever may end sessions, and may not see of others what kind they are, ends them; who may not is told so.</summary>
    [Theory]
    [InlineData("pg_signal_backend", true)]
    [InlineData(null, false)]
    public async Task A_login_without_the_right_to_see_all_ends_sessions_or_is_told(string? member, bool ends)
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string ender = lab.App + "_ender";
        await lab.ExecuteAsync($"CREATE ROLE {ender} LOGIN PASSWORD '{PostgresFixture.Password}'");
        if (member is not null) await lab.ExecuteAsync($"GRANT {member} TO {ender}");
        lab.Load(suspend: "sessions: [ { database: main, application: \"app-{tenant}\" } ]");
        // Another entry of the same database, whose login has no other right at all.
        string yaml = File.ReadAllText(lab.Folder["ops.yaml"]);
        File.WriteAllText(lab.Folder["ops.yaml"], yaml.Replace("tenants:\n", $"  ender: {{ host: 127.0.0.1, port: {lab.Database.Port}, name: "
            + $"{lab.Database.Database}, user: {ender}, password: {PostgresFixture.Password} }}\ntenants:\n")
            .Replace("sessions: [ { database: main", "sessions: [ { database: ender"));
        using OpsContext context = Changes.Killing.KilledLab.ContextOf(lab.Folder.Path);
        await using NpgsqlConnection its = await OpenAsync(lab, "app-demo");
        string before = await lab.LookAsync();
        ChangePlan plan = (await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!;

        if (ends)
        {
            await new ChangeRunner(context).RunAsync(plan, default);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => new NpgsqlCommand("SELECT 1", its).ExecuteScalarAsync());
            return;
        }
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default));
        Assert.Equal("TenantSessionsRefused", error.ErrorId);
        Assert.Equal(1, await new NpgsqlCommand("SELECT 1", its).ExecuteScalarAsync());
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
