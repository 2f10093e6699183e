using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Health;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>What health says of the backups of tenants where their server can be asked which there are.</summary>
[Collection(PostgresCollection.Name)]
public sealed class TenantHealthTests(PostgresFixture postgres) : IDisposable
{
    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_tenant_that_is_there_is_late_however_long_it_was_not_backed_up_and_one_that_is_gone_is_not()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE SCHEMA t_fresh; CREATE SCHEMA t_behind; CREATE SCHEMA t_never");
        Environment.SetEnvironmentVariable("OPS_TEST_TENANT_PASSWORD", PostgresFixture.Password);
        string text = $$"""
            databases:
              main: { host: 127.0.0.1, port: {{database.Port}}, name: {{database.Database}}, user: postgres, password: "env:OPS_TEST_TENANT_PASSWORD", tenantSchema: "t_{tenant}" }
            backups: { stores: { local: { path: backups } } }
            """;
        OpsContext context = _lab.Context(text);
        DateTimeOffset now = context.Time.GetUtcNow();
        await StoredBackups.MakeAsync(context, now.AddHours(-2), tenant: "fresh");
        await StoredBackups.MakeAsync(context, now.AddDays(-40), tenant: "behind");
        await StoredBackups.MakeAsync(context, now.AddDays(-40), tenant: "gone");

        HealthResult result = await _lab.OneAsync(text, "backup.tenantAge");

        Assert.Equal((HealthStatus.Unhealthy, "40 d 0 h"), (result.Status, result.Value));
        Assert.Contains("1 of 2 tenants have no newer one: behind. Of tenants that are there, these have no whole one: never.", result.Message, StringComparison.Ordinal);
        Assert.Equal("Backup-OpsDatabase main -Tenant behind, never", result.Remedy);
        // Where the whole database is backed up, it holds who has no backup of his own.
        await StoredBackups.MakeAsync(context, now.AddHours(-2));
        Assert.DoesNotContain("never", (await _lab.OneAsync(text, "backup.tenantAge")).Message, StringComparison.Ordinal);
    }
}
