using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Environments;

/// <summary>Credentials do not go over the network in clear, and what nobody verifies is said.</summary>
public sealed class ClearTextTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("services: { x: { health: { url: 'http://h/', bearer: 'env:T' } } }", "services.x.health.url")]
    [InlineData("services: { x: { health: { url: 'HTTP://h/', apiKey: 'env:T' } } }", "services.x.health.url")]
    [InlineData("prometheus: { url: 'http://h:9090', bearer: 'env:T' }", "prometheus.url")]
    [InlineData("checks: { x: { http: 'http://h/', apiKey: 'env:T' } }", "checks.x.http")]
    [InlineData("checks: { x: { prometheus: up, server: 'http://h:9090', bearer: 'env:T' } }", "checks.x.server")]
    [InlineData("checks: { x: { alertmanager: 'http://h:9093', bearer: 'env:T' } }", "checks.x.alertmanager")]
    [InlineData("metrics: { pushgateway: { url: 'http://h:9091', bearer: 'env:T' } }", "metrics.pushgateway.url")]
    [InlineData("metrics: { http: { url: 'http://h/write', headers: { X-Key: 'env:T' } } }", "metrics.http.url")]
    [InlineData("alerts: { receivers: { x: { webhook: 'http://h/x', bearer: 'env:T' } } }", "alerts.receivers.x.webhook")]
    public void A_token_beside_a_plain_URL_is_an_error(string text, string path)
    {
        EnvironmentFinding finding = Assert.Single(Load(text).Findings, f => f.Severity == FindingSeverity.Error);
        Assert.Equal(("CredentialsInClear", path), (finding.Code, finding.Path));
        foreach (string loopback in new[] { "127.0.0.1", "localhost", "[::1]" })
            Assert.DoesNotContain(Load(text.Replace("//h", "//" + loopback, StringComparison.Ordinal)).Findings, f => f.Code == "CredentialsInClear");
        Assert.DoesNotContain(Load(text.Replace("http://", "https://", StringComparison.OrdinalIgnoreCase)).Findings, f => f.Code == "CredentialsInClear");
        Assert.DoesNotContain(Load(text.Replace("bearer: 'env:T'", "").Replace("apiKey: 'env:T'", "").Replace("headers: { X-Key: 'env:T' }", "")).Findings, f => f.Code == "CredentialsInClear");
    }

    [Theory]
    [InlineData("caches: { x: { host: h, password: 'env:T' } }", "caches.x.password")]
    [InlineData("backups: { stores: { x: { s3: b, endpoint: 'http://h:9000' } } }", "backups.stores.x.endpoint")]
    public void Redis_and_S3_without_TLS_are_warned_of(string text, string path)
    {
        EnvironmentFinding finding = Assert.Single(Found(text));
        Assert.Equal(("CredentialsInClear", path, FindingSeverity.Warning), (finding.Code, finding.Path, finding.Severity));
        Assert.Empty(Found(text.Replace("host: h", "host: 127.0.0.1").Replace("//h", "//localhost", StringComparison.Ordinal)));
        Assert.Empty(Found(text.Replace("host: h,", "host: h, tls: true,").Replace("http:", "https:")));
        Assert.DoesNotContain(Found(text.Replace("host: h", "service: h").Replace("http:", "https:")), f => f.Code == "CredentialsInClear");
    }

    [Fact]
    public async Task What_is_sent_is_held_against_the_same_rule()
    {
        using var client = new EndpointClient(new EndpointSettings { Url = "http://192.0.2.1/", Bearer = new SecretReference("secret-5Kx", "/") });
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => client.AskAsync(default));
        Assert.Equal("CredentialsInClear", refused.ErrorId);
        using var key = new EndpointClient(new EndpointSettings { Url = "http://192.0.2.1/", ApiKey = new SecretReference("secret-5Kx", "/") });
        Assert.Equal("CredentialsInClear", (await Assert.ThrowsAsync<OpsException>(() => key.AskAsync(default))).ErrorId);
    }

    [Theory]
    [InlineData("host: db.example.net", true)]
    [InlineData("host: db.example.net, sslmode: require", true)]
    [InlineData("host: 10.0.0.7, sslmode: prefer", true)]
    [InlineData("host: db.example.net, sslmode: verify-full", false)]
    [InlineData("host: db.example.net, sslmode: verify-ca", false)]
    [InlineData("host: db.example.net, ca: ca.pem", false)]
    [InlineData("host: 127.0.0.1", false)]
    [InlineData("host: localhost", false)]
    [InlineData("host: /run/postgresql", false)]
    public void A_database_whose_certificate_nobody_verifies_is_warned_of(string where, bool warned)
    {
        _folder.Write("ca.pem", "x");
        EnvironmentLoad load = Load($"databases: {{ main: {{ {where}, name: n, user: u }} }}");
        Assert.Equal(warned, EnvironmentReferences.Check(load).Any(f => f is { Code: "TlsNotVerified", Severity: FindingSeverity.Warning }));
        Assert.Empty(load.Findings);
    }

    [Fact]
    public void Authorities_of_a_database_are_verified_with_and_must_be_there()
    {
        DatabaseSettings database = Load("databases: { main: { host: h, name: n, user: u, ca: ca.pem } }").Environment!.Databases["main"];
        Assert.Equal(("verify-full", _folder["ca.pem"]), (database.SslMode, database.CaFile));
        Assert.Contains(EnvironmentReferences.Check(Load("databases: { main: { host: h, name: n, user: u, ca: none.pem } }")), f => f is { Code: "FileMissing", Path: "databases.main.ca" });
        Assert.Contains(Load("databases: { main: { host: h, name: n, user: u, ca: ca.pem, sslmode: require } }").Findings, f => f is { Code: "KeyConflict", Path: "databases.main.sslmode" });
        DatabaseSettings url = Load("databases: { main: { url: 'postgres://u@h/n?sslmode=verify-ca&sslrootcert=/etc/ca.pem' } }").Environment!.Databases["main"];
        Assert.Equal(("verify-ca", "/etc/ca.pem"), (url.SslMode, url.CaFile));
    }

    private IReadOnlyList<EnvironmentFinding> Found(string text) => [.. EnvironmentReferences.Check(Load(text)).Where(f => f.Code != "SecretNotFound")];

    private EnvironmentLoad Load(string text) => EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: a\n" + text));
}
