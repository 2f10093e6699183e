using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

public sealed class EndpointCheckTests : IAsyncLifetime
{
    private readonly HealthLab _lab = new();
    private readonly WebServer _web = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        _lab.Dispose();
    }

    [Theory]
    [InlineData("/ok", "", HealthStatus.Healthy, "answers 200.")]
    [InlineData("/bad", "", HealthStatus.Unhealthy, "answers 503, not 200.")]
    [InlineData("/bad", "status: 503", HealthStatus.Healthy, "answers 503.")]
    [InlineData("/elsewhere", "", HealthStatus.Healthy, "answers 200.")]
    [InlineData("/elsewhere", "status: 307", HealthStatus.Healthy, "answers 307.")]
    [InlineData("/loop", "", HealthStatus.Unhealthy, "redirects in a circle")]
    [InlineData("/file", "", HealthStatus.Unhealthy, "redirects to a file address")]
    [InlineData("/broken", "", HealthStatus.Unhealthy, "broke off in the middle of its answer")]
    [InlineData("/page", "contains: systems go", HealthStatus.Healthy, "answers 200.")]
    [InlineData("/page", "contains: systems gone", HealthStatus.Unhealthy, "does not contain 'systems gone'")]
    [InlineData("/ok", "json: status, expect: ok", HealthStatus.Healthy, "answers 200.")]
    [InlineData("/ok", "json: \"$.deep.items[1].lag\", expect: 42", HealthStatus.Healthy, "answers 200.")]
    [InlineData("/ok", "json: deep.items.length, expect: 2", HealthStatus.Healthy, "answers 200.")]
    [InlineData("/ok", "json: \"deep.items[2].lag\"", HealthStatus.Unhealthy, "has nothing at deep.items[2].lag")]
    [InlineData("/ok", "json: status, expect: fine", HealthStatus.Unhealthy, "status is 'ok'")]
    [InlineData("/ok", "json: deep.ready", HealthStatus.Unhealthy, "deep.ready is false")]
    [InlineData("/page", "json: status", HealthStatus.Unhealthy, "is no JSON")]
    public async Task An_answer_is_held_against_what_it_must_be(string path, string expected, HealthStatus status, string said)
    {
        HealthResult result = await _lab.OneAsync($"services: {{ api: {{ health: {{ url: \"{_web.Url(path)}\", {expected} }} }} }}", "service.http");

        Assert.Equal((status, "api"), (result.Status, result.Target));
        Assert.Contains(said, result.Message);
        Assert.Equal(status == HealthStatus.Healthy, result.Remedy.Length == 0);
    }

    [Fact]
    public async Task Nothing_that_listens_is_told_from_what_never_answers()
    {
        HealthResult refused = await _lab.OneAsync($"services: {{ api: {{ health: \"http://127.0.0.1:{FreePorts.Take()}/\" }} }}", "service.http");
        HealthResult silent = await _lab.OneAsync($"services: {{ api: {{ health: \"{_web.Url("/never")}\" }} }}", "service.http", seconds: 1);
        HealthResult nameless = await _lab.OneAsync("services: { api: { health: \"http://no-such-host.invalid/\" } }", "service.http");

        Assert.Contains("nothing listens there", refused.Message);
        Assert.Equal("api took the connection and did not answer in 1.0 s.", silent.Message);
        Assert.Contains("has no address", nameless.Message);
        Assert.All([refused, silent, nameless], r => Assert.Equal(HealthStatus.Unhealthy, r.Status));
    }

    [Fact]
    public async Task Secrets_are_sent_where_they_belong_and_nowhere_else()
    {
        _lab.Folder.Write(".env", "TOKEN=bearer-secret-1\nKEY=key-secret-2\n");
        await using var other = new WebServer();
        _web.Elsewhere = other.Url("/ok");

        HealthResult result = await _lab.OneAsync($"services: {{ api: {{ health: {{ url: \"{_web.Url("/elsewhere")}\", bearer: \"file:.env#TOKEN\", apiKey: \"file:.env#KEY\" }} }} }}", "service.http");

        Assert.Equal(HealthStatus.Healthy, result.Status);
        string asked = Assert.Single(_web.Requests), redirected = Assert.Single(other.Requests);
        Assert.Contains("Authorization: Bearer bearer-secret-1", asked);
        Assert.Contains("X-API-Key: key-secret-2", asked);
        Assert.DoesNotContain("secret", redirected);
        Assert.DoesNotContain("secret-", result.ToString());
    }

    [Fact]
    public async Task A_secret_that_is_not_there_leaves_the_check_unknown() => Assert.Equal(HealthStatus.Unknown,
        (await _lab.OneAsync($"services: {{ api: {{ health: {{ url: \"{_web.Url("/ok")}\", bearer: \"env:OPSMODULE_NEVER_SET\" }} }} }}", "service.http")).Status);

    [Fact]
    public async Task A_server_that_wants_a_client_certificate_is_named_as_such()
    {
        using var authority = new TestAuthority();
        using (var issued = authority.Issue("localhost", 90, IPAddress.Loopback))
        {
            _lab.Folder.Write("cert.pem", issued.ExportCertificatePem());
            _lab.Folder.Write("key.pem", issued.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
            _lab.Folder.Write("ca.pem", authority.Pem);
        }
        int port = FreePorts.Take();
        using Process server = Process.Start(new ProcessStartInfo("openssl", ["s_server", "-quiet", "-accept", $"127.0.0.1:{port}", "-cert", _lab.Folder["cert.pem"], "-key", _lab.Folder["key.pem"], "-Verify", "1", "-www"])
            { RedirectStandardError = true, RedirectStandardOutput = true })!;
        try
        {
            string text = $"services: {{ api: {{ health: {{ url: \"https://localhost:{port}/\", ca: ca.pem }} }} }}";
            HealthResult result;
            do result = await _lab.OneAsync(text, "service.http");
            while (result.Message.Contains("nothing listens") && !server.HasExited);
            Assert.Equal(HealthStatus.Unhealthy, result.Status);
            Assert.Contains("asks for a client certificate", result.Message);
            Assert.Contains("without a client certificate", result.Remedy);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task A_packed_answer_is_read_and_counted_lists_are_figures()
    {
        await using var packed = new PackedServer("""{"items": [{"passed": false}, {"passed": true}, {"passed": false}]}""");
        HealthResult failed = await _lab.OneAsync($"checks: {{ failed: {{ http: \"http://127.0.0.1:{packed.Port}/\", json: \"items[passed=false].length\", warning: 1, critical: 5 }} }}", "failed");
        Assert.Equal((HealthStatus.Degraded, "2", "It is 2 (warning from 1, critical from 5)."), (failed.Status, failed.Value, failed.Message));
    }

    [Fact]
    public async Task Answers_that_are_not_what_they_must_be_are_a_share_of_all()
    {
        // The first request is the check's own.
        foreach (string status in (string[])["200 OK", "200 OK", "503 Busy"]) _web.First.Enqueue((status, ""));
        string text = $"services: {{ api: {{ health: \"{_web.Url("/ok")}\" }} }}\nthresholds: {{ http.p95: {{ warning: 1m, critical: 2m }} }}";
        List<HealthResult> results = await _lab.RunAsync(text, ["service", "http"], samples: 20);
        Assert.Equal(["http.errors", "http.p95", "service.http"], results.Select(r => r.Check).Order());
        HealthResult errors = results.Single(r => r.Check == "http.errors");
        Assert.Equal((HealthStatus.Unhealthy, "5%"), (errors.Status, errors.Value));
        Assert.Contains("1 of 20 answers", errors.Message);
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(text, "http.errors", samples: 5)).Status);
    }

    /// <summary>Packs its answer, whatever it is asked for.</summary>
    private sealed class PackedServer(string body) : LoopbackServer
    {
        protected override async Task ServeAsync(TcpClient client)
        {
            await using NetworkStream stream = client.GetStream();
            byte[] asked = new byte[4096];
            _ = await stream.ReadAsync(asked, Stopped);
            using var packed = new MemoryStream();
            await using (var pack = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
                await pack.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body), Stopped);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n"), Stopped);
            await stream.WriteAsync(packed.ToArray(), Stopped);
        }
    }

    [Fact]
    public async Task Samples_give_percentiles_on_one_connection()
    {
        string text = $"services: {{ api: {{ health: \"{_web.Url("/ok")}\" }} }}\nthresholds: {{ http.p95: {{ warning: 1m, critical: 2m }} }}";
        List<HealthResult> results = await _lab.RunAsync(text, ["service", "http"], samples: 20);

        Assert.Equal(["service.http", "http.p95"], results.Select(r => r.Check));
        Assert.Equal((HealthStatus.Healthy, FigureUnit.Duration, "from 1m / 2m"), (results[1].Status, results[1].Unit, results[1].Threshold));
        Assert.Contains("Of 20 answers half came within", results[1].Message);
        Assert.Equal(21, _web.Requests.Count);
        Assert.Single(await _lab.RunAsync(text, ["service", "http"]));
    }

    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(0.95, 10)]
    [InlineData(0.1, 1)]
    public void A_percentile_is_a_value_that_was_measured(double share, double expected) =>
        Assert.Equal(expected, EndpointCheck.At([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share));

    [Fact]
    public async Task Why_a_certificate_is_not_trusted_is_said_by_kind()
    {
        await using var selfSigned = new WebServer(WebServer.SelfSigned("localhost", 90, IPAddress.Loopback));
        await using var otherName = new WebServer(WebServer.SelfSigned("shop.example.net", 90));
        await using var expired = new WebServer(WebServer.SelfSigned("localhost", -2, IPAddress.Loopback));

        Assert.Contains("its certificate is self-signed", await MessageAsync(selfSigned.Url("/ok")));
        Assert.Contains("its certificate is for shop.example.net", await MessageAsync(otherName.Url("/ok")));
        Assert.Contains("its certificate expired on", await MessageAsync(expired.Url("/ok")));
        using var authority = new TestAuthority();
        await using var issued = new WebServer(authority.Issue("localhost", 90, IPAddress.Loopback));
        Assert.Contains("the chain of its certificate is incomplete (issued by Test Root", await MessageAsync(issued.Url("/ok")));
        Assert.Contains("does not speak TLS", await MessageAsync(_web.Url("/ok").Replace("http:", "https:")));

        async Task<string> MessageAsync(string url) => (await _lab.OneAsync($"services: {{ api: {{ health: \"{url}\" }} }}", "service.http")).Message;
    }

    [Fact]
    public async Task A_certificate_of_an_authority_that_is_named_is_trusted_and_no_other_is()
    {
        using var authority = new TestAuthority();
        _lab.Folder.Write("ca.pem", authority.Pem);
        await using var issued = new WebServer(authority.Issue("localhost", 90, IPAddress.Loopback));
        await using var stranger = new WebServer(WebServer.SelfSigned("localhost", 90, IPAddress.Loopback));
        string text = $$"""
            services: { ours: { health: { url: "{{issued.Url("/ok")}}", ca: ca.pem } }, theirs: { health: { url: "{{stranger.Url("/ok")}}", ca: ca.pem } } }
            checks: { cert: { certificate: "localhost:{{issued.Port}}", ca: ca.pem }, page: { http: "{{issued.Url("/page")}}", ca: ca.pem } }
            """;

        List<HealthResult> results = await _lab.RunAsync(text, ["service", "certificate", "checks"]);

        Assert.Equal(
        [
            ("cert", HealthStatus.Healthy), ("certificate.left", HealthStatus.Healthy), ("certificate.valid", HealthStatus.Healthy), ("page", HealthStatus.Healthy), ("service.http", HealthStatus.Healthy),
        ], results.Where(r => !r.Target.Contains($"{stranger.Port}") && r.Target != "theirs").Select(r => (r.Check, r.Status)).OrderBy(r => r.Check, StringComparer.Ordinal));
        Assert.Equal([("certificate.valid", HealthStatus.Unhealthy), ("service.http", HealthStatus.Unhealthy)],
            results.Where(r => (r.Target.Contains($"{stranger.Port}") || r.Target == "theirs") && r.Check != "certificate.left").Select(r => (r.Check, r.Status)).OrderBy(r => r.Check, StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_speaks_no_http_is_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task served = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadAtLeastAsync(new byte[4096], 1);
            await client.GetStream().WriteAsync("+PONG\r\n"u8.ToArray());
        });

        HealthResult result = await _lab.OneAsync($"services: {{ api: {{ health: \"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/\" }} }}", "service.http");

        await served;
        Assert.Contains("does not speak HTTP", result.Message);
    }

    [Fact]
    public async Task A_service_with_https_has_its_certificate_looked_at()
    {
        using X509Certificate2 certificate = WebServer.SelfSigned("localhost", 20, IPAddress.Loopback);
        await using var web = new WebServer(certificate);

        List<HealthResult> results = await _lab.RunAsync($"services: {{ api: {{ health: \"{web.Url("/ok", "localhost")}\" }} }}", ["certificate"], services: ["api"]);

        Assert.Equal([("certificate.valid", HealthStatus.Unhealthy), ("certificate.left", HealthStatus.Degraded)], results.Select(r => (r.Check, r.Status)));
        Assert.Equal($"localhost:{web.Port}", results[0].Target);
        Assert.Contains("self-signed", results[0].Message);
        Assert.Equal(("19 d 23 h", "down to 30d / 14d"), (results[1].Value, results[1].Threshold));
    }
}
