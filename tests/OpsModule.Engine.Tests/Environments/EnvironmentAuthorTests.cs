using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Environments;

public sealed class EnvironmentAuthorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_is_discovered_from_a_compose_file_and_no_secret_is_copied()
    {
        _folder.Write("compose.yaml", EnvironmentSamples.Compose);
        _folder.Write(".env", "POSTGRES_PASSWORD=hunter2\nREDIS_PASSWORD=hunter2\nSTAGE=stage\n");
        _folder.Write("reports.env", "POSTGRES_USER=reader\nPOSTGRES_PASSWORD=hunter2\n");
        _folder.Write("secrets/db.txt", "hunter2\n");

        EnvironmentProposal proposal = EnvironmentAuthor.Propose(new NewEnvironmentRequest { Path = _folder.Path });
        OpsEnvironment written = EnvironmentAuthor.Write(proposal);

        Assert.DoesNotContain("hunter2", proposal.Text);
        Assert.Equal(proposal.Text, File.ReadAllText(Path.Combine(_folder.Path, "ops.yaml")));
        Assert.Equal("apex-prod", written.Name);
        Assert.Equal(new PlatformOptions { Kind = PlatformKind.Compose, ComposeFile = In("compose.yaml"), Project = "apex-prod" }, written.Platform);
        Assert.Equal(
        [
            ("postgres", "apex_stage", "apex", "file:.env#POSTGRES_PASSWORD"),
            ("reports", "reader", "reader", "file:reports.env#POSTGRES_PASSWORD"),
            ("literal", "gis", "gis", "env:POSTGRES_PASSWORD"),
            ("mounted", "postgres", "postgres", "file:secrets/db.txt"),
        ], written.Databases.Values.Select(d => (d.Service!, d.Database, d.User, d.Password!.ToString())));
        Assert.Equal(("main", "redis", "file:.env#REDIS_PASSWORD"),
            (written.Caches.Keys.Single(), written.Caches["main"].Service!, written.Caches["main"].Password!.ToString()));
        Assert.Equal(["api", "web", "worker"], written.Services.Keys);
        Assert.Equal(new ServiceSettings { Name = "api", Health = "http://127.0.0.1:8080/health?deep=1", EnvFile = In(".env") }, written.Services["api"]);
        Assert.Null(written.Services["web"].Health);
        Assert.Contains("# health: \"http://127.0.0.1:8081/health\"", proposal.Text);
        Assert.Contains("POSTGRES_PASSWORD of literal stands in the compose file itself", Assert.Single(proposal.Notes));
        Assert.Equal("hunter2", written.Databases["mounted"].Password!.Resolve());
        Assert.DoesNotContain(EnvironmentReferences.Check(EnvironmentLoader.Load(written.File!)), f => f.Path != "databases.literal.password" && f.Code != "SecretReadable");
        Assert.Equal(["ops.yaml"], Directory.GetFiles(_folder.Path, "ops*").Select(Path.GetFileName));
    }

    [Fact]
    public void A_compose_file_elsewhere_leads_to_relative_paths()
    {
        _folder.Write("deploy/docker-compose.yml", "services: { db: { image: postgres, environment: { POSTGRES_PASSWORD: $DBPW } } }");
        _folder.Write("deploy/.env", "DBPW=x");

        OpsEnvironment written = New("envs/apex.yaml", compose: "deploy/docker-compose.yml", name: "apex");

        Assert.Equal(In("envs/apex.yaml"), written.File);
        Assert.Equal(In("deploy/docker-compose.yml"), written.Platform.ComposeFile);
        Assert.Equal("file:../deploy/.env#DBPW", written.Databases["main"].Password!.ToString());
    }

    [Fact]
    public void Without_a_compose_file_the_start_is_valid_and_named_after_the_folder()
    {
        OpsEnvironment written = New("my shop");

        Assert.Equal(("my-shop", PlatformKind.Host), (written.Name, written.Platform.Kind));
        Assert.Equal(In("my shop/backups"), written.Backups.Stores["local"].Path);
    }

    [Theory]
    [InlineData("services: [", "ComposeFileInvalid")]
    [InlineData("", "ComposeFileInvalid")]
    [InlineData("services: { 'a/b': { image: postgres } }", "EnvironmentNotWritten")]
    public void A_broken_compose_file_is_an_error(string compose, string id)
    {
        _folder.Write("compose.yaml", compose);

        Assert.Equal(id, Assert.Throws<OpsException>(() => New(".")).ErrorId);
        Assert.False(File.Exists(In("ops.yaml")));
    }

    [Theory]
    [InlineData("services: []")]
    [InlineData("services: { db: }")]
    [InlineData("services: { db: postgres, b: [], c: { image: [], environment: 7, ports: { a: b }, env_file: [ [] ], command: {}, healthcheck: x } }")]
    [InlineData("name: ${\nservices: { a: { image: '$', ports: [ 'x:y', '::', ':', 1, '99999:1' ], healthcheck: { test: 'curl http://localhost:99999999/' } } }")]
    public void An_odd_compose_file_is_no_defect(string compose)
    {
        _folder.Write("compose.yaml", compose);

        Assert.NotNull(New("."));
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_only_with_force()
    {
        string file = _folder.Write("ops.yaml", "environment: old");

        Assert.Equal("EnvironmentExists", Assert.Throws<OpsException>(() => New(".")).ErrorId);
        Assert.Equal("environment: old", File.ReadAllText(file));
        EnvironmentAuthor.Write(EnvironmentAuthor.Propose(new NewEnvironmentRequest { Path = file, Name = "new", Force = true }));
        Assert.Equal("new", EnvironmentLoader.Load(file).Environment!.Name);
    }

    [Theory]
    [InlineData("a${V}b", "a1b")]
    [InlineData("$V$V", "11")]
    [InlineData("$$V", "$V")]
    [InlineData("${NONE}", "")]
    [InlineData("${NONE:-x${V}y}", "x1y")]
    [InlineData("${EMPTY:-x}", "x")]
    [InlineData("${EMPTY-x}", "")]
    [InlineData("${V:+set}${NONE:+set}", "set")]
    [InlineData("${V:?needed}", "1")]
    [InlineData("cost: 5$ ${", "cost: 5$ ${")]
    public void Variables_are_replaced_as_Compose_does(string text, string expected) =>
        Assert.Equal(expected, new ComposeVariables(new Dictionary<string, string> { ["V"] = "1", ["EMPTY"] = "" }).Expand(text));

    private string In(string path) => Path.GetFullPath(path, _folder.Path);

    [Fact]
    public void A_backup_container_is_no_database()
    {
        _folder.Write("compose.yaml", """
            services:
              postgres: { image: "postgres:15-alpine", command: ["postgres", "-c", "max_connections=10"], environment: { POSTGRES_PASSWORD: $DBPW } }
              backup: { image: "postgres:15-alpine", entrypoint: ["/bin/sh", "-c", "while :; do pg_dump $$DATABASE_URL; sleep 3600; done"], environment: { DATABASE_URL: $URL, S3_BUCKET: b } }
              migrate: { image: "postgres:15-alpine", command: [psql, -f, /m.sql], environment: { PGPASSWORD: $DBPW } }
              client: { image: "postgres:15-alpine", environment: { DATABASE_URL: $URL } }
              redis: { image: redis, command: redis-server --requirepass $RPW }
              flush: { image: redis, command: ["redis-cli", "-h", "redis", "FLUSHALL"] }
              wrapped: { image: redis, command: sh -c "exec redis-server /etc/redis.conf" }
            """);
        _folder.Write(".env", "DBPW=x\nRPW=y\nURL=postgresql://u:p@postgres/x\n");

        OpsEnvironment written = New("ops.yaml", compose: "compose.yaml", name: "apex");

        Assert.Equal("postgres", Assert.Single(written.Databases.Values).Service);
        Assert.Equal(["redis", "wrapped"], written.Caches.Values.Select(c => c.Service).Order());
    }

    [Fact]
    public void A_password_file_that_others_may_read_and_a_host_that_is_a_service_are_told()
    {
        _folder.Write("compose.yaml", "services: { db: { image: postgres } }");
        string env = _folder.Write(".env", "PW=x\n");
        string file = _folder.Write("ops.yaml", """
            environment: apex
            platform: { compose: {} }
            databases:
              main: { host: db, name: n, user: u, password: "file:.env#PW" }
              again: { service: db, name: n, user: u, password: "file:.env#PW" }
            """);
        string[] Codes() => [.. EnvironmentReferences.Check(EnvironmentLoader.Load(file)).Where(f => f.Code is "SecretReadable" or "HostIsService").Select(f => $"{f.Severity} {f.Code} {f.Path}")];

        File.SetUnixFileMode(env, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.Equal(["Warning HostIsService databases.main.host", "Warning SecretReadable databases.main.password"], Codes().Order());
        File.SetUnixFileMode(env, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(["Warning HostIsService databases.main.host"], Codes());
    }

    private OpsEnvironment New(string path, string? compose = null, string? name = null) =>
        EnvironmentAuthor.Write(EnvironmentAuthor.Propose(new NewEnvironmentRequest
        {
            Path = In(path),
            ComposeFile = compose is null ? null : In(compose),
            Name = name,
        }));
}
