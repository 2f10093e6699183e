using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Proving;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Proving;

/// <summary>Values are tried from where a service stands that reads them, which its places tell; else it is said that they are not.</summary>
[Collection(DockerCollection.Name)]
public sealed class ProofStandTests(DockerFixture docker) : IAsyncLifetime
{
    private const string Value = "app-password-9Kd", Name = "shop.example.test";

    private readonly ServiceLab _lab = new("""
        services:
          api: { image: x, environment: { URL: "${URL}" } }
          db: { image: x }
        """);
    private readonly string _network = "ops-proof-" + Guid.NewGuid().ToString("N")[..8];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (ServiceRecord service in await _lab.Platform.ListAsync(null, default))
            foreach (ServiceInstance instance in service.Instances) await DockerFixture.DockerAsync("rm", "-f", "-v", instance.Id);
        if ((await DockerFixture.DockerAsync("network", "ls", "-q", "--filter", "name=" + _network)).Trim().Length > 0)
            await DockerFixture.DockerAsync("network", "rm", _network);
        _lab.Dispose();
    }

    [Fact]
    public async Task A_login_is_tried_from_the_service_which_a_line_of_pg_hba_may_refuse_though_it_lets_this_machine_in()
    {
        await DockerFixture.DockerAsync("network", "create", _network);
        string db = await docker.RunPostgresAsync(_lab.Project, "db", publish: false);
        await DockerFixture.DockerAsync("network", "connect", "--alias", "db", _network, db);
        string api = await _lab.RunAsync("api", DockerFixture.Stay, "--network", _network);
        await SqlAsync(db, $"CREATE ROLE app LOGIN PASSWORD '{Value}'");
        using OpsContext context = Declare("databases: { main: { service: db, name: postgres, user: postgres, password: \"file:pw\" } }",
            "postgres: { database: main, logins: [ app ] }", "postgres://app:{value}@db/postgres");
        ISecretDriver driver = Driver(context);

        SecretProof accepted = await driver.ProveAsync(new SecretMaterial(Value), default);
        Assert.True(accepted.IsProven, accepted.Words);
        // This machine does not know the name.
        Assert.Contains("postgres at db:5432", accepted.Words);
        Assert.Equal(await NameAsync(api), accepted.From);
        SecretProof refused = await driver.ProveRefusedAsync(new SecretMaterial("another-one"), default);
        Assert.True(refused.IsProven, refused.Words);
        Assert.Equal(await NameAsync(api), refused.From);

        string address = (await DockerFixture.DockerAsync("inspect", "-f",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", api)).Trim();
        await DockerFixture.DockerAsync("exec", db, "sh", "-c",
            $"(echo host all app {address}/32 reject; busybox cat /var/lib/pg/pg_hba.conf) > /tmp/hba && "
            + "busybox cp /tmp/hba /var/lib/pg/pg_hba.conf");
        await SqlAsync(db, "SELECT pg_reload_conf()");
        await Postgres.Until.TrueAsync(async () => (await driver.ProveAsync(new SecretMaterial(Value), default)).Words.Contains("28000"));
        Assert.False((await driver.ProveAsync(new SecretMaterial(Value), default)).IsProven);
        Assert.False((await driver.ProveRefusedAsync(new SecretMaterial(Value), default)).IsProven);

        // A service in another network is no way there; one that does not run is none at all.
        await DockerFixture.DockerAsync("rm", "-f", api);
        string other = await _lab.RunAsync("api", DockerFixture.Stay, "--network", "none");
        SecretProof here = await driver.ProveAsync(new SecretMaterial(Value), default);
        Assert.True(here.IsProven, here.Words);
        Assert.StartsWith($"this machine, and not from a service that uses it: {await NameAsync(other)} does not reach db:5432", here.From);
        await DockerFixture.DockerAsync("rm", "-f", other);
        Assert.Contains("no instance of api runs", (await driver.ProveAsync(new SecretMaterial(Value), default)).From);
    }

    [Fact]
    public async Task A_password_of_Redis_is_tried_by_the_name_that_the_service_has_in_its_URL()
    {
        var redis = new RedisFixture();
        await redis.InitializeAsync();
        try
        {
            string api = await StandAsync();
            using OpsContext context = Declare(
                $"caches: {{ main: {{ host: 127.0.0.1, port: {redis.LockedPort}, user: default, password: \"file:pw\" }} }}",
                $"redis: {{ cache: main, user: {RedisFixture.User} }}",
                $"redis://{RedisFixture.User}:{{value}}@{Name}:{redis.LockedPort}/0", RedisFixture.Password);
            SecretProof accepted = await Driver(context).ProveAsync(new SecretMaterial(RedisFixture.Password), default);
            Assert.True(accepted.IsProven, accepted.Words);
            Assert.StartsWith($"{Name}:{redis.LockedPort}", accepted.Words);
            Assert.Equal(await NameAsync(api), accepted.From);
            Assert.True((await Driver(context).ProveRefusedAsync(new SecretMaterial("another-one"), default)).IsProven);
        }
        finally { await redis.DisposeAsync(); }
    }

    [Fact]
    public async Task A_header_goes_from_the_service_and_not_to_a_server_whose_certificate_nobody_knows()
    {
        string api = await StandAsync();
        using var authority = new TestAuthority();
        using X509Certificate2 issued = authority.Issue(Name, 30);
        using X509Certificate2 own = X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pkcs12), null);
        await using var server = new Answering(own);
        using OpsContext context = Declare("",
            $"value: {{ proof: http, url: \"https://{Name}:{server.Port}/me\", header: \"Authorization: Bearer {{value}}\" }}", "{value}");

        SecretProof proof = await Driver(context).ProveAsync(new SecretMaterial(Value), default);

        Assert.False(proof.IsProven);
        Assert.Contains("neither served nor known here", proof.Words);
        Assert.Equal(await NameAsync(api), proof.From);
        Assert.Empty(server.Asked);
        // Where this machine's own address is meant, a container's is another one.
        await using var local = new Answering(null);
        using OpsContext near = Declare("",
            $"value: {{ proof: http, url: \"{local.Url}/me\", header: \"Authorization: Bearer {{value}}\" }}", "{value}");
        SecretProof here = await Driver(near).ProveAsync(new SecretMaterial(Value), default);
        Assert.True(here.IsProven, here.Words);
        Assert.Contains("and not from a service that uses it: nothing tells by which address", here.From);
    }

    [Fact]
    public async Task Keys_of_a_store_are_listed_with_from_the_service()
    {
        var swift = new SwiftFixture();
        await swift.InitializeAsync();
        try
        {
            string api = await StandAsync();
            StoreSettings store = await swift.NewBucketAsync();
            using OpsContext context = Declare(
                $"backups: {{ stores: {{ offsite: {{ s3: {store.Bucket}, endpoint: \"http://{Name}:{swift.Port}\", "
                + "accessKey: \"file:pw\", secretKey: \"file:pw\" } } }",
                "value: { proof: s3, store: offsite }", "{value}", SwiftFixture.AccessKey);
            SecretProof accepted = await Driver(context).ProveAsync(new SecretMaterial(SwiftFixture.SecretKey), default);
            Assert.True(accepted.IsProven, accepted.Words);
            Assert.Equal(await NameAsync(api), accepted.From);
            SecretProof refused = await Driver(context).ProveRefusedAsync(new SecretMaterial("another-one"), default);
            Assert.True(refused.IsProven, refused.Words);
        }
        finally { await swift.DisposeAsync(); }
    }

    [Theory]
    [InlineData(null, "127.0.0.1", "postgres://{login}:{value}@db:6000/shop", "db:6000")]
    [InlineData(null, "localhost", "postgresql+asyncpg://app:{value}@db/shop?x=@y", "db:5432")]
    [InlineData(null, "/run/postgresql", "postgres://app:{value}@[fd00::7]:5433/shop", "fd00::7:5433")]
    [InlineData("db", null, "postgres://app:{value}@pooler/shop", "db:5499")]
    [InlineData(null, "db.example.net", "postgres://app:{value}@pooler/shop", "db.example.net:5499")]
    [InlineData(null, "127.0.0.1", "postgres://app:{value}@${DB_HOST}/shop", null)]
    [InlineData(null, "127.0.0.1", "postgres://app:{value}@a,b/shop", null)]
    [InlineData(null, "127.0.0.1", "redis://app:{value}@cache/0", null)]
    [InlineData(null, "127.0.0.1", null, null)]
    public void The_address_is_the_one_that_services_have(string? service, string? host, string? text, string? expected)
    {
        var entry = new SecretEntry { Name = "db", Kind = SecretKind.Postgres, Uses = [new SecretUse { In = text }] };
        (string Host, int Port)? found = AddressThere.Of(entry, "postgres", service, host, 5499, 5432);
        Assert.Equal(expected, found is { } at ? $"{at.Host}:{at.Port}" : null);
    }

    /// <summary>An instance in this machine's network that knows a name that this machine does not.</summary>
    private Task<string> StandAsync() => _lab.RunAsync("api", DockerFixture.Stay, "--network", "host", "--add-host", Name + ":127.0.0.1");

    private static async Task<string> NameAsync(string id) => (await DockerFixture.DockerAsync("inspect", "-f",
        "{{.Name}}", id)).Trim().TrimStart('/');

    private static Task<string> SqlAsync(string container, string sql) => DockerFixture.DockerAsync("exec", "-e",
        "PGPASSWORD=" + DockerFixture.Password, container, "psql", "-h", "127.0.0.1", "-U", "postgres", "-c", sql);

    private static ISecretDriver Driver(OpsContext context) =>
        SecretDrivers.Open(context, context.Environment.Section<SecretsSettings>().Entries["app"]);

    /// <summary>The secret's only place is the project's .env; that api reads it is said by the compose file alone.</summary>
    private OpsContext Declare(string servers, string kind, string text, string password = DockerFixture.Password)
    {
        File.WriteAllText(Path.Combine(_lab.Folder, "pw"), password);
        File.WriteAllText(Path.Combine(_lab.Folder, ".env"), $"URL={text.Replace("{value}", Value)}\n");
        File.WriteAllText(Path.Combine(_lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{_lab.Project}} } }
            {{servers}}
            secrets: { app: { {{kind}}, uses: [ { file: .env, key: URL{{(text == "{value}" ? "" : $", in: \"{text}\"")}} } ] } }
            """);
        return KilledLab.ContextOf(_lab.Folder);
    }

    private sealed class Answering(X509Certificate2? certificate) : HttpStub(certificate)
    {
        protected override (int Status, string Body, string Headers) Answer(StubRequest request) =>
            (request.Header("Authorization") == "Bearer " + Value ? 200 : 401, "{}", "");
    }
}
