using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>Whoever watches a server leaves its connections to its users.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ConnectionBoundTests(PostgresFixture postgres) : IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_thousand_queries_with_20_free_connections_are_all_answered_right()
    {
        DatabaseSettings[] databases = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => postgres.CreateDatabaseAsync()));
        string role = await RoleAsync(limit: 20);
        var text = new StringBuilder(Databases(role, databases)).Append("\nchecks:\n");
        for (int i = 0; i < 1000; i++) text.Append($"  c{i}: {{ database: d{i % 40}, sql: \"SELECT {i}\", expect: \"{(i % 7 == 0 ? -1 : i)}\" }}\n");

        (List<HealthResult> results, long most) = await WatchAsync(role, () => _lab.RunAsync(text.ToString(), ["checks"]));

        Assert.Equal(1000, results.Count);
        Assert.All(results, r => Assert.Equal(int.Parse(r.Check[1..]) % 7 == 0 ? HealthStatus.Unhealthy : HealthStatus.Healthy, r.Status));
        Assert.InRange(most, 1, 2 * ConnectionGate.PerServer);
    }

    [Fact]
    public async Task Three_hundred_queries_of_one_database_need_one_connection()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        string role = await RoleAsync(limit: 1);
        var text = new StringBuilder(Databases(role, database)).Append("\nchecks:\n");
        for (int i = 0; i < 300; i++) text.Append($"  c{i}: {{ sql: \"SELECT {i} FROM pg_sleep(0.002)\", warning: 100000 }}\n");

        (List<HealthResult> results, long most) = await WatchAsync(role, () => _lab.RunAsync(text.ToString(), ["database", "checks"]));

        Assert.All(results.Where(r => r.Check != "database.transaction"), r => Assert.True(r.Status == HealthStatus.Healthy, r.ToString()));
        Assert.Equal(300, results.Count(r => r.Check.StartsWith('c')));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_hundred_databases_of_one_server_are_asked_a_few_at_a_time()
    {
        DatabaseSettings[] databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => postgres.CreateDatabaseAsync()));
        string role = await RoleAsync(limit: 2 * ConnectionGate.PerServer);
        string text = Databases(role, [.. Enumerable.Range(0, 100).Select(i => databases[i % databases.Length])]);

        (List<HealthResult> results, long most) = await WatchAsync(role, () => _lab.RunAsync(text, ["database"]));
        Assert.All(results.Where(r => r.Check != "database.transaction"), r => Assert.True(r.Status == HealthStatus.Healthy, r.ToString()));
        Assert.Equal(100, results.Count(r => r.Check == "database.connect"));
        Assert.InRange(most, 1, 2 * ConnectionGate.PerServer);

        EnvironmentLoad load = EnvironmentLoader.Load(_lab.Folder["ops.yaml"]);
        (List<EnvironmentFinding> found, most) = await WatchAsync(role, async () =>
        {
            var all = new List<EnvironmentFinding>();
            await foreach (EnvironmentFinding finding in new EnvironmentProbe(_lab.Context(text), load).RunAsync(default)) all.Add(finding);
            return all;
        });
        Assert.Equal(100, found.Count(f => f.Code == "Reachable"));
        Assert.InRange(most, 1, 2 * ConnectionGate.PerServer);
    }

    [Fact]
    public async Task Its_own_connections_are_not_counted()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await using NpgsqlConnection other = await postgres.OpenAsync(database.Database);
        string text = Databases("postgres", [.. Enumerable.Repeat(database, 20)]);
        while (await postgres.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL") > 2) await Task.Delay(20);
        List<HealthResult> results = await _lab.RunAsync(text, ["database.connections"]);
        Assert.All(results, r => Assert.StartsWith("1 of 197", r.Message));
    }

    [Fact]
    public async Task A_query_that_hangs_costs_its_own_check_and_the_next_has_its_whole_time()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        string text = Databases("postgres", database) + "\nchecks: { a: { sql: SELECT pg_sleep(60), timeout: 1s }, b: { sql: SELECT pg_sleep(60), timeout: 1s }, c: { sql: SELECT 1 FROM pg_sleep(0.7) } }";
        List<HealthResult> results = await _lab.RunAsync(text, ["checks"], seconds: 20);
        Assert.Equal([("a", HealthStatus.Unhealthy), ("b", HealthStatus.Unhealthy), ("c", HealthStatus.Healthy)], results.Select(r => (r.Check, r.Status)));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_waited_for_once()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        int port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var settings = new DatabaseSettings { Name = "x", Host = "127.0.0.1", Port = port, Database = "d", User = "u" };
        var text = new StringBuilder(Databases("u", [.. Enumerable.Repeat(settings, 50)])).Append("\nchecks:\n");
        for (int i = 0; i < 50; i++) text.Append($"  c{i}: {{ sql: SELECT 1, database: d{i} }}\n");
        var watch = Stopwatch.StartNew();
        List<HealthResult> results = await _lab.RunAsync(text.ToString(), ["database", "checks"], seconds: 2);
        Assert.Equal(100, results.Count);
        Assert.All(results, r => Assert.Equal(HealthStatus.Unhealthy, r.Status));
        // One after another would be 200 seconds.
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }

    private async Task<string> RoleAsync(int limit)
    {
        string role = "r" + Guid.NewGuid().ToString("N")[..10];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD '{PostgresFixture.Password}' CONNECTION LIMIT {limit}");
        return role;
    }

    private string Databases(string role, params DatabaseSettings[] databases)
    {
        _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
        return "databases:\n" + string.Join('\n', databases.Select((d, i) => $"  d{i}: {{ host: 127.0.0.1, port: {d.Port}, name: {d.Database}, user: {role}, password: \"file:.env#PW\" }}"));
    }

    /// <summary>The most sessions of a role that were seen at one time while something ran.</summary>
    private async Task<(T Result, long Most)> WatchAsync<T>(string role, Func<Task<T>> body)
    {
        long most = 0;
        using var done = new CancellationTokenSource();
        await using NpgsqlConnection watcher = await postgres.OpenAsync("postgres");
        Task watching = Task.Run(async () =>
        {
            await using var count = new NpgsqlCommand($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}'", watcher);
            while (!done.IsCancellationRequested) most = Math.Max(most, (long)(await count.ExecuteScalarAsync())!);
        });
        T result = await body();
        await done.CancelAsync();
        await watching;
        return (result, most);
    }
}
