using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

/// <summary>TLS secrets of a namespace, through the real kubectl.</summary>
public sealed class SecretCertificateTests : IDisposable
{
    private readonly KubeLab _lab = new();
    private readonly List<OpsException> _failed = [];

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_certificates_of_a_secret_are_read_and_its_key_is_not()
    {
        using X509Certificate2 own = WebServer.SelfSigned("shop.example.net", 20), issuer = WebServer.SelfSigned("issuer", 400);
        Add("web", own.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem());
        Add("api", issuer.ExportCertificatePem());
        _lab.Store.Add("secrets", Secret("password", "Opaque", "nothing"));
        IReadOnlyList<CertificateRecord> web = await ReadAsync("web");
        Assert.Equal([("secret/web", "CN=shop.example.net"), ("secret/web", "CN=issuer")], web.Select(c => (c.Source, c.Subject)));
        Assert.InRange(web[0].Left.TotalDays, 19, 20);
        Assert.Equal(["secret/api", "secret/web", "secret/web"], (await ReadAsync("*")).Select(c => c.Source));
        Assert.Empty(_failed);
    }

    [Fact]
    public async Task A_secret_without_a_certificate_fails_alone()
    {
        using X509Certificate2 own = WebServer.SelfSigned("shop.example.net", 20);
        Add("broken", "no certificate");
        Add("web", own.ExportCertificatePem());
        Assert.Equal("secret/web", Assert.Single(await ReadAsync("*")).Source);
        Assert.Equal(("CertificateUnreadable", "secret/broken"), (Assert.Single(_failed).ErrorId, _failed[0].Target));
    }

    [Fact]
    public async Task An_unknown_name_another_type_and_a_missing_right_are_errors()
    {
        _lab.Store.Add("secrets", Secret("password", "Opaque", "x"));
        Assert.Contains("none of the type", (await FailAsync("password", "SecretNotFound")).RecommendedAction);
        Add("web", "x");
        Assert.Equal("Did you mean web?", (await FailAsync("wbe", "SecretNotFound")).RecommendedAction);
        _lab.Api.Forbidden["list secrets"] = true;
        Assert.Contains("may not list secrets", (await FailAsync("web", "ClusterForbidden")).Message);
    }

    private void Add(string name, string certificate) => _lab.Store.Add("secrets", Secret(name, "kubernetes.io/tls", certificate));

    // A key that is no base64 would be noticed by whoever read it.
    private static JsonObject Secret(string name, string type, string certificate) => KubeSamples.Thing("Secret", "v1", name).With(s =>
        (s["type"], s["data"]) = (type, new JsonObject { ["tls.crt"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate)), ["tls.key"] = "!" }));

    private Task<IReadOnlyList<CertificateRecord>> ReadAsync(string name) => new SecretCertificates(_lab.Context()).ReadAsync(name, _failed.Add, default);

    private async Task<OpsException> FailAsync(string name, string errorId)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => ReadAsync(name));
        Assert.Equal(errorId, error.ErrorId);
        return error;
    }
}
