using System.Net;
using System.Net.Sockets;
using System.Text;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Health;

[Collection(PostgresCollection.Name)]
public sealed class EnvironmentTesterTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task References_that_lead_nowhere_are_found_at_their_place()
    {
        _folder.Write("compose.yaml", "services: { postgres: {}, api: {} }");
        List<EnvironmentFinding> findings = await TestAsync("""
            environment: a
            platform: { compose: {} }
            services:
              aip: { env: missing.env }
            databases:
              main: { service: postgress, name: n, user: u, password: "env:OPSMODULE_NEVER_SET" }
            caches:
              main: { service: redis, password: "file:.env#NONE" }
            backups:
              stores: { s3: { s3: b, accessKey: "vault:x", secretKey: "env:OPSMODULE_NEVER_SET" } }
              encryption: { recipients: [ age1x ], identity: none.txt }
            certificates: { web: { endpoint: "h:443", service: ngin, certbotService: certbt } }
            """);

        Assert.Equal(
        [
            ("ServiceUnknown", 4, 3, "services.aip", "api"), ("FileMissing", 4, 15, "services.aip.env", null),
            ("ServiceUnknown", 6, 20, "databases.main.service", "postgres"), ("SecretNotFound", 6, 59, "databases.main.password", null),
            ("ServiceUnknown", 8, 20, "caches.main.service", null), ("SecretNotFound", 8, 37, "caches.main.password", null),
            ("SecretProviderUnsupported", 10, 37, "backups.stores.s3.accessKey", null), ("SecretNotFound", 10, 59, "backups.stores.s3.secretKey", null),
            ("RecipientInvalid", 11, 17, "backups.encryption.recipients[0]", null), ("FileMissing", 11, 50, "backups.encryption.identity", null),
            ("ServiceUnknown", 12, 52, "certificates.web.service", null), ("ServiceUnknown", 12, 74, "certificates.web.certbotService", null),
        ], findings.Select(f => (f.Code, f.Line, f.Column, f.Path, f.Nearest)));
    }

    [Fact]
    public async Task A_missing_compose_file_and_a_service_without_platform_are_found()
    {
        EnvironmentFinding compose = Assert.Single(await TestAsync("environment: a\nplatform: { compose: { file: none.yaml } }"));
        EnvironmentFinding service = Assert.Single(await TestAsync("environment: a\ncaches: { m: { service: redis } }"));

        Assert.Equal(("ComposeFileInvalid", 2, 30), (compose.Code, compose.Line, compose.Column));
        Assert.Equal(("ServiceUnknown", 2, 25), (service.Code, service.Line, service.Column));
    }

    [Fact]
    public async Task A_sound_environment_says_so_and_keeps_the_secret()
    {
        WriteSecrets($"PW={PostgresFixture.Password}\n");

        EnvironmentFinding valid = Assert.Single(await TestAsync(Database(postgres.Port, "postgres", "file:.env#PW")));

        Assert.Equal(("Valid", FindingSeverity.Information), (valid.Code, valid.Severity));
        Assert.Contains("1 database, 0 caches", valid.Message);
    }

    [Fact]
    public async Task Connecting_reaches_databases_caches_and_health_urls()
    {
        WriteSecrets($"PW={PostgresFixture.Password}\nURL=postgres://postgres:{PostgresFixture.Password}@127.0.0.1:{postgres.Port}/postgres\nREDIS={RedisFixture.Password}\n");
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        Task served = AnswerAsync(service, "200 OK");

        List<EnvironmentFinding> findings = await TestAsync(Database(postgres.Port, "postgres", "file:.env#PW")
            + "\n  other: { url: \"file:.env#URL\" }"
            + $"\ncaches: {{ main: {{ host: 127.0.0.1, port: {redis.LockedPort}, password: \"file:.env#REDIS\" }} }}"
            + $"\nservices: {{ api: {{ health: \"http://127.0.0.1:{PortOf(service)}/health\" }} }}"
            + "\nbackups: { stores: { there: { path: . }, later: { path: a/b } } }", connect: true);

        await served;
        Assert.Equal(["Reachable", "Reachable", "Reachable", "Reachable", "Reachable", "Reachable", "Valid"], findings.Select(f => f.Code));
        Assert.StartsWith("databases.main: PostgreSQL ", findings[0].Message);
        Assert.Equal(3, findings[0].Line);
        Assert.Contains("holds backups", findings[3].Message);
        Assert.Contains($"the first backup makes the folder {Path.Combine(_folder.Path, "a/b")}", findings[4].Message);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "a")));
        Assert.DoesNotContain(PostgresFixture.Password, string.Join('\n', findings));
    }

    [Fact]
    public async Task What_cannot_be_reached_is_one_error_each()
    {
        WriteSecrets("PW=wrong\n");
        int closed = FreePorts.Take();
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        Task served = AnswerAsync(service, "503 Service Unavailable");

        List<EnvironmentFinding> findings = await TestAsync(Database(postgres.Port, "postgres", "file:.env#PW")
            + $"\n  closed: {{ host: 127.0.0.1, port: {closed}, name: n, user: u }}"
            + $"\ncaches: {{ main: {{ host: 127.0.0.1, port: {closed} }} }}"
            + $"\nservices: {{ api: {{ health: \"http://127.0.0.1:{PortOf(service)}/health\" }}, web: {{ health: \"http://127.0.0.1:{closed}/\" }} }}"
            + "\nbackups: { stores: { file: { path: .env/backups } } }", connect: true);

        await served;
        Assert.Equal(["DatabaseLoginRefused", "DatabaseUnreachable", "CacheUnreachable", "StoreUnavailable", "HealthBad", "EndpointUnreachable"], findings.Select(f => f.Code));
        Assert.All(findings, f => Assert.Equal(FindingSeverity.Error, f.Severity));
    }

    [Fact]
    public async Task What_a_health_section_says_counts()
    {
        await using var web = new WebServer();
        WriteSecrets("TOKEN=health-secret-6\n");
        List<EnvironmentFinding> findings = await TestAsync($$"""
            environment: a
            services:
              teapot: { health: { url: "{{web.Url("/bad")}}", status: 503, bearer: "file:.env#TOKEN" } }
              lag: { health: { url: "{{web.Url("/ok")}}", json: "deep.items[1].lag", expect: 7 } }
            """, connect: true);

        Assert.Equal([("Reachable", 3), ("HealthBad", 4)], findings.Select(f => (f.Code, f.Line)));
        Assert.Contains("deep.items[1].lag is '42'", findings[1].Message);
        Assert.Contains(web.Requests, r => r.Contains("Authorization: Bearer health-secret-6"));
        Assert.DoesNotContain("health-secret-6", string.Join('\n', findings));
    }

    [Fact]
    public void The_system_is_asked_whether_a_folder_can_be_written_to()
    {
        // Root may write nearly everywhere, so the refusal that every user gets stands for all others.
        Assert.True(FolderAccess.CanWrite(_folder.Path));
        Assert.False(FolderAccess.CanWrite(Path.Combine(_folder.Path, "none")));
        Assert.Equal(_folder.Path, FolderAccess.NearestExisting(Path.Combine(_folder.Path, "a/b/c")));
    }

    private static string Database(int port, string name, string password) =>
        $"environment: a\ndatabases:\n  main: {{ host: 127.0.0.1, port: {port}, name: {name}, user: postgres, password: \"{password}\" }}";

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static async Task AnswerAsync(TcpListener listener, string status)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        await client.GetStream().ReadAtLeastAsync(new byte[4096], 1);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    }

    /// <summary>As whoever keeps secrets in a file should: nobody else may read it.</summary>
    private void WriteSecrets(string text) => File.SetUnixFileMode(_folder.Write(".env", text), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private async Task<List<EnvironmentFinding>> TestAsync(string text, bool connect = false)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml", text));
        var findings = new List<EnvironmentFinding>();
        await foreach (EnvironmentFinding finding in EnvironmentTester.RunAsync(load, connect, SilentReporter.Instance, default)) findings.Add(finding);
        return findings;
    }
}
