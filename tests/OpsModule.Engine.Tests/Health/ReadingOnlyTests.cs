using System.Diagnostics;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>Checks look, and change nothing.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ReadingOnlyTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("COMMIT; CREATE TABLE public.pwn(i int); SELECT 1")]
    [InlineData("SELECT 1; COMMIT; CREATE TABLE public.pwn(i int)")]
    [InlineData("SELECT 1; CREATE TABLE public.pwn(i int)")]
    [InlineData("/* SELECT */ -- SELECT\\n CREATE TABLE public.pwn(i int)")]
    [InlineData("/* /* */ SELECT */ CREATE TABLE public.pwn(i int)")]
    [InlineData("CREATE TABLE public.pwn(i int)")]
    [InlineData("SELECT 1 AS i INTO public.pwn")]
    [InlineData("WITH x AS (INSERT INTO public.t VALUES (1) RETURNING 1) SELECT * FROM x")]
    [InlineData("EXPLAIN SELECT 1")]
    [InlineData("EXPLAIN ANALYZE CREATE TABLE public.pwn AS SELECT 1")]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'touch FILE'")]
    [InlineData("SET default_transaction_read_only = off")]
    [InlineData("DO $$ BEGIN CREATE TABLE public.pwn(i int); END $$")]
    [InlineData("SELECT nextval('public.s')")]
    public async Task What_is_no_query_that_reads_is_not_run(string sql)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE public.t (i int); CREATE SEQUENCE public.s");
        string file = _lab.Folder["pwned"];
        HealthResult result = await _lab.OneAsync(Text(database) + $"\nchecks: {{ x: {{ sql: \"{sql.Replace("FILE", file)}\" }} }}", "x");
        Assert.Equal(HealthStatus.Unknown, result.Status);
        Assert.False(File.Exists(file));
        Assert.Equal(1L, await postgres.ScalarAsync<long>(database.Database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"));
        Assert.Equal(0L, await postgres.ScalarAsync<long>(database.Database, "SELECT count(*) FROM public.t"));
    }

    [Theory]
    [InlineData("SELECT state FROM jobs", "ready")]
    [InlineData("  -- how many\\n (SELECT count(*) FROM jobs);", "1")]
    [InlineData("VALUES (7)", "7")]
    [InlineData("SELECT state FROM jobs WHERE false OR name = 'mail'", "ready")]
    [InlineData("WITH j AS (SELECT * FROM jobs) SELECT count(*) = 1 FROM j", "true")]
    [InlineData("SHOW search_path", "shop, public")]
    [InlineData("SELECT name FROM jobs", "mail")]
    [InlineData("SELECT weight FROM jobs", "2.50")]
    public async Task Queries_find_what_the_database_would_find(string sql, string value)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE SCHEMA shop; CREATE TYPE shop.state AS ENUM ('ready', 'done'); CREATE DOMAIN shop.label AS text; "
            + "CREATE TABLE shop.jobs (state shop.state, name shop.label, weight numeric); INSERT INTO shop.jobs VALUES ('ready', 'mail', 2.50)");
        await postgres.ExecuteAsync(database.Database, $"ALTER DATABASE {database.Database} SET search_path = shop, public");
        HealthResult result = await _lab.OneAsync(Text(database) + $"\nchecks: {{ x: {{ sql: \"{sql}\", expect: \"{value}\" }} }}", "x");
        Assert.True(result.Status == HealthStatus.Healthy, result.ToString());
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("SET a b")]
    [InlineData("DEL jobs")]
    [InlineData("CONFIG SET maxmemory 1")]
    [InlineData("CONFIG REWRITE")]
    [InlineData("SHUTDOWN NOSAVE")]
    [InlineData("EVAL return 0")]
    [InlineData("SORT jobs STORE x")]
    [InlineData("GETDEL jobs")]
    [InlineData("LPOP jobs")]
    [InlineData("SCRIPT FLUSH")]
    [InlineData("CLIENT KILL")]
    [InlineData("MONITOR")]
    [InlineData("DEBUG SLEEP 0")]
    public async Task A_command_that_may_change_something_is_not_sent(string command)
    {
        await CallAsync("DEL", "jobs");
        await CallAsync("RPUSH", "jobs", "1");
        HealthResult result = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort} }} }}\nchecks: {{ x: {{ redis: \"{command}\" }} }}", "x");
        Assert.Equal(HealthStatus.Unknown, result.Status);
        Assert.Contains("it is not sent", result.Message);
        Assert.Equal("1", (await CallAsync("LLEN", "jobs")).Text);
    }

    [Theory]
    [InlineData("LLEN jobs", "1")]
    [InlineData("llen jobs", "1")]
    [InlineData("ZCARD none", "0")]
    [InlineData("ZRANDMEMBER none", null)]
    [InlineData("GEODIST none a b", null)]
    [InlineData("CONFIG GET port", "port")]
    [InlineData("PING", "PONG")]
    public async Task Commands_that_read_are(string command, string? value)
    {
        await CallAsync("DEL", "jobs");
        await CallAsync("RPUSH", "jobs", "1");
        HealthResult result = await _lab.OneAsync($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort} }} }}\nchecks: {{ x: {{ redis: \"{command}\" }} }}", "x");
        if (value is null) Assert.Equal("There is no value.", result.Message);
        else Assert.StartsWith(value, result.Value);
    }

    private async Task<RedisReply> CallAsync(params string[] command)
    {
        OpsContext context = _lab.Context($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort} }} }}");
        using RedisConnection connection = await (await CacheServers.ResolveAsync(context, "main", default)).ConnectAsync(default);
        return await connection.CallAsync(command, default);
    }

    private string Text(DatabaseSettings database)
    {
        _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
        return $"databases: {{ main: {{ host: 127.0.0.1, port: {database.Port}, name: {database.Database}, user: {database.User}, password: \"file:.env#PW\" }} }}";
    }
}
