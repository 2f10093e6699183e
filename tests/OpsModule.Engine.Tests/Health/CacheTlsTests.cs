using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Health;

/// <summary>A real Redis that speaks TLS, with certificates of a test's authority.</summary>
public sealed class CacheTlsTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly HealthLab _lab = new();
    private readonly TestAuthority _authority = new(), _stranger = new("Other Root");

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public async Task A_certificate_of_a_known_authority_is_trusted_and_every_check_works_behind_it()
    {
        int port = await StartAsync("good", _authority.Issue("localhost", 90, IPAddress.Loopback), $"tls-auth-clients no\nrequirepass {RedisFixture.Password}");
        _lab.Folder.Write(".env", $"PW={RedisFixture.Password}\n");
        string text = $"caches: {{ main: {{ host: localhost, port: {port}, tls: true, ca: ca.pem, password: \"file:.env#PW\" }} }}\nchecks: {{ jobs: {{ redis: \"LLEN jobs\", warning: 1 }} }}";

        List<HealthResult> results = await _lab.RunAsync(text, ["cache", "checks"]);
        EnvironmentFinding reached = await ConnectAsync(text);

        Assert.All(results, r => Assert.Equal(HealthStatus.Healthy, r.Status));
        Assert.Contains(results, r => r is { Check: "jobs", Value: "0" });
        Assert.Contains(results, r => r.Check == "cache.memory");
        Assert.Equal($"Redis at localhost:{port} lets us in", reached.Message[(reached.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..reached.Message.IndexOf(" (", StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task Why_a_certificate_is_not_trusted_is_said_by_kind()
    {
        int good = await StartAsync("kinds", _authority.Issue("localhost", 90, IPAddress.Loopback)), expired = await StartAsync("expired", _authority.Issue("localhost", -2, IPAddress.Loopback));
        int strange = await StartAsync("strange", _stranger.Issue("localhost", 90, IPAddress.Loopback)), own = await StartAsync("own", WebServer.SelfSigned("localhost", 90, IPAddress.Loopback));

        Assert.Contains("its certificate is for localhost, 127.0.0.1", await MessageAsync(good, "ca: ca.pem, tlsName: cache.example.net"));
        Assert.Contains("its certificate expired on", await MessageAsync(expired, "ca: ca.pem"));
        Assert.Contains("issued by Other Root, which is neither served nor known here", await MessageAsync(strange, "ca: ca.pem"));
        Assert.Contains("its certificate is self-signed", await MessageAsync(own, "ca: ca.pem"));
        Assert.Contains("issued by Test Root", await MessageAsync(good, ""));
        Assert.Equal($"caches.main: No trusted TLS connection to Redis at 127.0.0.1:{expired}", (await ConnectAsync(Text(expired, "tls: true, ca: ca.pem"))).Message.Split(": its")[0]);
    }

    [Fact]
    public async Task Speaking_plainly_to_a_tls_port_says_what_to_set()
    {
        int port = await StartAsync("plainly", _authority.Issue("localhost", 90, IPAddress.Loopback));
        HealthResult result = await _lab.OneAsync(Text(port, ""), "cache");
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("tls: true", result.Remedy);
    }

    /// <summary>A plain Redis waits for the end of what it takes for a command.</summary>
    [Fact]
    public async Task Speaking_tls_to_a_plain_port_says_what_to_look_at()
    {
        HealthResult result = await _lab.OneAsync(Text(redis.OpenPort, "tls: true"), "cache", seconds: 1);
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("does it speak TLS on this port", result.Remedy);
    }

    [Fact]
    public async Task A_server_that_wants_a_client_certificate_is_told_to_us()
    {
        int port = await StartAsync("clients", _authority.Issue("localhost", 90, IPAddress.Loopback), "tls-auth-clients yes");
        HealthResult result = await _lab.OneAsync(Text(port, "tls: true, ca: ca.pem"), "cache");
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("client certificate", result.Remedy);
    }

    [Fact]
    public async Task Authorities_that_cannot_be_read_leave_the_check_unknown()
    {
        _lab.Folder.Write("empty.pem", "none\n");
        HealthResult empty = await _lab.OneAsync(Text(redis.OpenPort, "tls: true, ca: empty.pem"), "cache"), missing = await _lab.OneAsync(Text(redis.OpenPort, "tls: true, ca: none.pem"), "cache");
        Assert.All([empty, missing], r => Assert.Equal(HealthStatus.Unknown, r.Status));
        Assert.Contains("holds no certificate", empty.Message);
        Assert.Contains("none.pem", missing.Message);
    }

    [Fact]
    public async Task A_server_that_begins_no_handshake_costs_its_time_and_no_more()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        HealthResult result = await _lab.OneAsync(Text(((IPEndPoint)silent.LocalEndpoint).Port, "tls: true"), "cache", seconds: 1);
        Assert.Equal((HealthStatus.Unhealthy, "main gave no answer in 1.0 s."), (result.Status, result.Message));
    }

    private Task<int> StartAsync(string name, X509Certificate2 certificate, string configuration = "tls-auth-clients no")
    {
        _lab.Folder.Write("ca.pem", _authority.Pem);
        return redis.StartTlsAsync(name, certificate, configuration);
    }

    private static string Text(int port, string tls) => $"caches: {{ main: {{ host: 127.0.0.1, port: {port}, {tls} }} }}";

    private async Task<string> MessageAsync(int port, string tls) => (await _lab.OneAsync(Text(port, "tls: true, " + tls), "cache")).Message;

    private async Task<EnvironmentFinding> ConnectAsync(string text)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_lab.Folder.Write("ops.yaml", "environment: lab\n" + text));
        await foreach (EnvironmentFinding finding in EnvironmentTester.RunAsync(load, connect: true, SilentReporter.Instance, default))
            if (finding.Path == "caches.main") return finding;
        throw new InvalidOperationException("nothing was found");
    }
}
