using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Environments;

public sealed class EnvironmentLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_arrives_in_the_environment()
    {
        OpsEnvironment apex = Valid(EnvironmentSamples.Full);

        Assert.Equal("apex", apex.Name);
        Assert.Equal(_folder.Path, apex.Directory);
        Assert.Equal("/var/lib/apex", apex.StateDirectory);
        Assert.Equal(new PlatformOptions { Kind = PlatformKind.Compose, ComposeFile = In("deploy/compose.yaml"), Project = "apex" }, apex.Platform);
        Assert.Equal(["api", "worker", "web"], apex.Services.Keys);
        Assert.Equal(new ServiceSettings { Name = "api", Health = "http://127.0.0.1:4000/health", EnvFile = In(".env") }, apex.Services["api"]);

        DatabaseSettings main = apex.Databases["main"];
        Assert.Equal(("postgres", null, 5432, "apex", "apex", "tenant_{tenant}", "apex_admin"),
            (main.Service, main.Host, main.Port, main.Database, main.User, main.TenantSchema, main.MaintenanceDatabase));
        Assert.Equal("env:APEX_TEST_PASSWORD", main.Password!.ToString());
        DatabaseSettings reports = apex.Databases["reports"];
        Assert.Equal((null, "db.example.net", 5433, "reports", "reader", "verify-full", "postgres"),
            (reports.Service, reports.Host, reports.Port, reports.Database, reports.User, reports.SslMode, reports.MaintenanceDatabase));
        DatabaseSettings legacy = apex.Databases["LEGACY"];
        Assert.Equal(("10.0.0.1", 6000, "legacy", "old", null, "require"),
            (legacy.Host, legacy.Port, legacy.Database, legacy.User, legacy.Password, legacy.SslMode));

        Assert.Equal(("redis", 6379, "vault:redis"), (apex.Caches["main"].Service, apex.Caches["main"].Port, apex.Caches["main"].Password!.ToString()));
        Assert.Equal(("127.0.0.1", 6380, "app"), (apex.Caches["sessions"].Host, apex.Caches["sessions"].Port, apex.Caches["sessions"].User));

        Assert.Equal(["local", "offsite"], apex.Backups.Stores.Keys);
        Assert.Equal(In("backups"), apex.Backups.Stores["local"].Path);
        StoreSettings offsite = apex.Backups.Stores["offsite"];
        Assert.Equal(("apex-backups", "prod", new Uri("https://s3.example.net"), "eu-central-1", false),
            (offsite.Bucket, offsite.Prefix, offsite.Endpoint, offsite.Region, offsite.PathStyle));
        Assert.Equal(("env:KEY", "env:SECRET"), (offsite.AccessKey!.ToString(), offsite.SecretKey!.ToString()));
        Assert.Equal([30, 7, 1, 84], new[] { "database", "wal", "cache", "configuration" }.Select(k => apex.Backups.Retention[k].Keep!.Value.TotalDays));
        Assert.Equal(["age1one", "age1two"], apex.Backups.Recipients);
        Assert.Equal("/etc/apex/identity.txt", apex.Backups.IdentityFile);
        Assert.Equal("payments", apex.Backups.Labels["team"]);

        Assert.Equal(3, apex.Drill.MinTables);
        Assert.Equal([new DrillQuery("select count(*) from users", "select count(*) from users"),
            new DrillQuery("there are orders", "select exists (select from orders)", "main")], apex.Drill.Queries);
        Assert.Equal(new ThresholdSettings("20%", "10%"), apex.Thresholds["disk.free"]);
        Assert.Equal(new ThresholdSettings("70%", null), apex.Thresholds["cache.hitRate"]);

        EndpointSettings web = apex.Services["web"].Endpoint!;
        Assert.Equal(("https://shop.example.net/health", 204, "status", "ok", "ok", "env:TOKEN", "env:KEY"),
            (web.Url, web.Status, web.Json, web.Expect, web.Contains, web.Bearer!.ToString(), web.ApiKey!.ToString()));
        Assert.Equal([CheckKind.Sql, CheckKind.Redis, CheckKind.Http, CheckKind.Tcp, CheckKind.Dns, CheckKind.Certificate], apex.Checks.Values.Select(c => c.Kind));
        CheckSettings lag = apex.Checks["indexer.lag"];
        Assert.Equal(("select 1", "main", "worker", new ThresholdSettings("5m", "1h"), "Restart it.", TimeSpan.FromSeconds(3)),
            (lag.Subject, lag.Source, lag.Service, lag.Levels, lag.Remedy, lag.Timeout));
        Assert.Equal("Welcome", apex.Checks["page"].Endpoint!.Contains);
    }

    [Fact]
    public void A_file_with_only_a_name_is_an_environment()
    {
        OpsEnvironment minimal = Valid("environment: test\ndatabases:\nbackups: {}\n");

        Assert.Equal(PlatformKind.Host, minimal.Platform.Kind);
        Assert.Empty(minimal.Databases);
        Assert.Equal(In(".ops"), minimal.StateDirectory);
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_are_no_matter()
    {
        OpsEnvironment apex = Valid("\uFEFF" + EnvironmentSamples.Full.ReplaceLineEndings("\r\n"));

        Assert.Equal("verify-full", apex.Databases["reports"].SslMode);
    }

    private string In(string path) => Path.Combine(_folder.Path, path);

    private OpsEnvironment Valid(string text)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml", text));
        Assert.Empty(load.Findings);
        return load.Environment!;
    }
}
