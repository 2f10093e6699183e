using Npgsql;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Engine.Tests.Secrets.Values;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Examples;

/// <summary>
/// The project of examples/rotate-secrets in a copy of its folder, brought up by Compose: a PostgreSQL, a Redis and an S3 server that are
/// real, and small servers in the place of Sentry and of Grafana, which are not to be had here.
/// </summary>
internal sealed class RotateProject : IAsyncDisposable
{
    public const string DbFirst = "db-first-6Hn", RedisFirst = "redis-first-2Jk", GrafanaFirst = "grafana-first-8Cv", OpsPassword = "redis-ops-9Lm";

    private readonly string _project = "r" + Guid.NewGuid().ToString("N")[..10];
    private readonly ComposeV2 _compose = new();

    public static string Root => ContractTests.Root;

    public string Folder { get; } = Directory.CreateTempSubdirectory("ops-rotate-").FullName;

    public SentryServer Sentry { get; } = new();

    public GrafanaServer Grafana { get; } = new(GrafanaFirst);

    public SwiftFixture Swift { get; } = new();

    private ComposeSource Files => new([Path.Combine(Folder, "compose.yaml"), Path.Combine(Folder, "here.yaml")], Folder);

    public async Task StartAsync()
    {
        await Swift.InitializeAsync();
        await HttpServiceImage.MakeAsync("1");
        // By its name an image is known to read a variable at its first start alone.
        await DockerFixture.DockerAsync("tag", DockerFixture.Image, "grafana/grafana:11.6.0");
        string example = Path.Combine(Root, "examples", "rotate-secrets");
        foreach (string file in (string[])["compose.yaml", "ops.yaml"]) File.Copy(Path.Combine(example, file), Path.Combine(Folder, file));
        Put("compose.yaml", Read("compose.yaml").Replace("    ports: [ \"127.0.0.1:3002:3000\" ]\n", ""));
        Directory.CreateDirectory(Path.Combine(Folder, "storefront"));
        Directory.CreateDirectory(Path.Combine(Folder, "acl"));
        Put("storefront/Dockerfile", File.ReadAllText(Path.Combine(example, "storefront", "Dockerfile")).Replace("node:22-alpine", "ops-test-http:1"));
        Put("acl/users.acl", $"user default off\nuser ops on #{RedisAccount.HashOf(OpsPassword)} ~* &* +@all\nuser app on #{RedisAccount.HashOf(RedisFirst)} ~* &* +@all -@admin\n");
        Put("ops.env", $"REDIS_OPS_PASSWORD={OpsPassword}\nSENTRY_TOKEN={SentryServer.Token}\nS3_ACCESS_KEY={SwiftFixture.AccessKey}\nS3_SECRET_KEY={SwiftFixture.SecretKey}\n");
        Put(".env", $"""
            # Of the shop. Nobody edits this by hand any more.
            POSTGRES_PASSWORD={DockerFixture.Password}
            DATABASE_URL="postgres://app:{DbFirst}@db:5432/shop"   # the two logins take turns
            export REDIS_URL=redis://app:{RedisFirst}@redis:6379

            API_KEYS=api-keys-first-1Ac
            ADMIN_KEYS='admin-keys-first-3Bd'
            JWT_SECRET=jwt-first-5Ce
            GRAFANA_ADMIN_PASSWORD={GrafanaFirst}
            S3_KEYS={SwiftFixture.AccessKey}:{SwiftFixture.SecretKey}
            NEXT_PUBLIC_SENTRY_DSN={Sentry.Dsn("aaaa1111")}
            LOG_LEVEL=info
            """);
        string bucket = (await Swift.NewBucketAsync()).Bucket!;
        // What differs here: where the servers are, and the images, which are put together from the programs of this machine.
        Put("ops.yaml", Read("ops.yaml").Replace("project: shop }", $"project: {_project} }}").Replace("127.0.0.1:3002", $"127.0.0.1:{Grafana.Port}/grafana")
            .Replace("s3: shop-backups", "s3: " + bucket).Replace("https://s3.example.net", $"http://127.0.0.1:{Swift.Port}").Replace("eu-central-1", "us-east-1")
            .Replace("org: shop, project: storefront", $"url: \"{Sentry.Url}\", org: acme, project: shop").Replace("drain: 10s, health: 1m", "drain: 1s, health: 30s"));
        string image = DockerFixture.Image;
        Put("here.yaml", $$"""
            services:
              db: { image: "{{image}}", command: [ sh, /start.sh ] }
              redis: { image: "{{image}}", environment: { PATH: "/usr/sbin:/usr/bin:/bin" }, volumes: [ "/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro" ] }
              api: { image: "ops-test-http:1" }
              storefront: { image: "{{_project}}:1" }
              grafana: { command: [ sh, -c, "{{DockerFixture.Stay}}" ] }
            """);
        await ComposeProgram.RunAsync(Files, _project, ["build", "storefront"], default);
        await ComposeProgram.RunAsync(Files, _project, ["up", "-d"], default);
        await SqlAsync("postgres", "CREATE DATABASE shop");
        await SqlAsync("shop", $"CREATE ROLE app LOGIN PASSWORD '{DbFirst}'; GRANT CREATE ON SCHEMA public TO app; CREATE TABLE public.orders (id int); ALTER TABLE public.orders OWNER TO app");
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public void Put(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    /// <summary>A value of the project's file, as it is now.</summary>
    public string Value(string key) => ValueIn(Read(".env"), key);

    /// <summary>What stands behind a key, without quotes and a comment.</summary>
    public static string ValueIn(string text, string key) => text.Split('\n').First(l => l.Contains(key + "=", StringComparison.Ordinal)).Split(key + "=")[1].Split("   #")[0].Trim('"', '\'');

    /// <summary>The instances of a service, those that have ended, too.</summary>
    public async Task<string[]> ContainersAsync(string service) => (await DockerFixture.DockerAsync("ps", "-aq", "--no-trunc", "--filter", "label=" + ComposeLabels.OfProject(_project), "--filter",
        "label=" + ComposeLabels.OfService(service))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>How many versions of a service there were: that which Compose brought up, and one for each replacement.</summary>
    public int RevisionsOf(string service) => PwshRun.Of($"Get-OpsServiceUpdate {service}", Folder).Objects.Count;

    /// <summary>The variables of the only instance of a service.</summary>
    public async Task<string> VariablesAsync(string service) => await DockerFixture.DockerAsync("inspect", "-f", "{{range .Config.Env}}{{println .}}{{end}}", Assert.Single(await ContainersAsync(service)));

    /// <summary>Whether the database lets somebody in: null, or the SQLSTATE of its refusal.</summary>
    public async Task<string?> LogInAsync(string user, string password)
    {
        try
        {
            await using var connection = new NpgsqlConnection($"Host={await AddressAsync("db")};Username={user};Password={password};Database=shop;Pooling=false");
            await connection.OpenAsync();
            return null;
        }
        catch (PostgresException e) { return e.SqlState; }
    }

    /// <summary>What Redis answers to a login.</summary>
    public async Task<string> AskRedisAsync(string user, string password)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(await AddressAsync("redis"), 6379);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"AUTH {user} {password}\r\n"));
        byte[] buffer = new byte[512];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer));
    }

    /// <summary>Runs the example in a pwsh of its own, as a person does.</summary>
    public Task<(int ExitCode, string Said)> RunAsync(string arguments) =>
        PwshProcess.RunAsync(PwshProcess.Of($"& '{Root}/examples/rotate-secrets.ps1' -Environment ops.yaml {arguments}", Folder));

    public async ValueTask DisposeAsync()
    {
        try { await ComposeProgram.RunAsync(Files, _project, ["down", "-t", "1", "-v"], default); }
        catch (OpsException) { /* it never came up; the fixture removes what is left */ }
        await Swift.DisposeAsync();
        await Sentry.DisposeAsync();
        await Grafana.DisposeAsync();
        _compose.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<string> AddressAsync(string service) =>
        (await DockerFixture.DockerAsync("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", Assert.Single(await ContainersAsync(service)))).Trim();

    private async Task SqlAsync(string database, string sql)
    {
        string db = Assert.Single(await ContainersAsync("db"));
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await DockerFixture.DockerAsync("exec", "-e", "PGPASSWORD=" + DockerFixture.Password, db, "psql", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-q", "-c", sql);
                return;
            }
            catch (OpsException) when (attempt < 300) { await Task.Delay(100); }
        }
    }
}
