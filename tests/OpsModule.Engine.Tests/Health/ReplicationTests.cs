using OpsModule.Engine.Environments;
using OpsModule.Engine.Health;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>A real standby that follows a real server, and stops to.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ReplicationTests(PostgresFixture primary) : IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_standby_that_does_not_keep_up_is_found_on_both_sides()
    {
        DatabaseSettings database = await primary.CreateDatabaseAsync();
        await primary.ExecuteAsync(database.Database, "CREATE TABLE t (id int)");
        PostgresFixture standby = await primary.StartStandbyAsync();
        try
        {
            _lab.Folder.Write(".env", $"PW={PostgresFixture.Password}\n");
            string text = "databases:\n" + Entry("primary", primary.Port) + Entry("standby", standby.Port) + "thresholds: { database.lag: { warning: 2s, critical: 1d } }";
            await primary.ExecuteAsync(database.Database, "INSERT INTO t VALUES (1)");
            List<HealthResult> well = await UntilAsync(r => r.Count == 2 && r.All(x => x.Status == HealthStatus.Healthy));

            await standby.ExecuteAsync("postgres", "SELECT pg_wal_replay_pause()");
            await primary.ExecuteAsync(database.Database, "INSERT INTO t VALUES (2)");
            List<HealthResult> late = await UntilAsync(r => r.Count == 2 && r.All(x => x.Status == HealthStatus.Degraded));

            await standby.ExecuteAsync("postgres", "SELECT pg_wal_replay_resume()");
            await UntilAsync(r => r.Single(x => x.Target == "standby").Status == HealthStatus.Healthy);

            Assert.Equal("This server has replicas; the slowest counts.", well.Single(r => r.Target == "primary").Message);
            Assert.Equal("This server is a replica of another.", well.Single(r => r.Target == "standby").Message);
            Assert.All(late, r => Assert.True(r.Number >= 2, r.ToString()));

            async Task<List<HealthResult>> UntilAsync(Func<List<HealthResult>, bool> expected)
            {
                for (int attempt = 0; ; attempt++)
                {
                    List<HealthResult> found = await _lab.RunAsync(text, ["database.lag"]);
                    if (expected(found)) return found;
                    if (attempt == 200) throw new InvalidOperationException(string.Join('\n', found));
                    await Task.Delay(100);
                }
            }
        }
        finally { await standby.DisposeAsync(); }

        string Entry(string name, int port) => $"  {name}: {{ host: 127.0.0.1, port: {port}, name: {database.Database}, user: postgres, password: \"file:.env#PW\" }}\n";
    }
}
