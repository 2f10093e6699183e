using System.Net;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Changing;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

/// <summary>A web server in a container: this machine's nginx, its folders mounted, because no image can be had here.</summary>
[Collection(DockerCollection.Name)]
public sealed class CertificateContainerTests : IDisposable
{
    private readonly ServiceLab _lab = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _lab.Dispose();
        _folder.Dispose();
    }

    private void Write(int days)
    {
        using X509Certificate2 certificate = WebServer.SelfSigned("localhost", days, IPAddress.Loopback);
        _folder.Write("fullchain.pem", certificate.ExportCertificatePem());
        _folder.Write("privkey.pem", certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private async Task<string> LogAsync() =>
        await _lab.LogAsync((await _lab.FindAsync("web")).Instances[0], new LogRequest()) + (File.Exists(_folder["nginx.conf.log"]) ? File.ReadAllText(_folder["nginx.conf.log"]) : "");

    [Fact]
    public async Task It_is_tested_and_reloaded_in_its_container_and_what_it_says_is_the_error()
    {
        int port = FreePorts.Take();
        Write(60);
        // Paths as they are inside, which are those outside: the folder is mounted under its own name.
        string settings = _folder["nginx.conf"];
        AcmeFixture.WriteNginx(settings, $"server {{ listen 8443 ssl; ssl_certificate {_folder["fullchain.pem"]}; ssl_certificate_key {_folder["privkey.pem"]}; return 200 well; }}");
        Directory.CreateDirectory(_folder["live/shop"]);
        string[] nginx = ["/usr/sbin/nginx", "-c", settings];
        await _lab.RunAsync("web", $"exec {string.Join(' ', nginx)} -g 'daemon off;'", "-v", "/usr:/usr:ro", "-v", $"{_folder.Path}:{_folder.Path}", "-p", $"127.0.0.1:{port}:8443");
        var certificate = new CertificateSettings
        {
            Name = "shop", Lineage = "shop", ConfigFolder = _folder.Path, Endpoint = $"127.0.0.1:{port}", File = _folder["fullchain.pem"], Service = "web", Test = [.. nginx, "-t"], Reload = [.. nginx, "-s", "reload"],
        };
        var request = new CertificateUpdateRequest { Within = TimeSpan.FromDays(1), Timeout = TimeSpan.FromSeconds(20) };
        using OpsContext context = _lab.Context with { Environment = _lab.Context.Environment with { Certificates = new Dictionary<string, CertificateSettings> { ["shop"] = certificate } } };
        var planner = new CertificatePlanner(context, certificate);
        for (int attempt = 0; (await planner.PlanAsync(request, default)).Plan is not null && attempt < 200; attempt++) await Task.Delay(50);
        (ChangePlan? first, CertificateUpdate _) = await planner.PlanAsync(request, default);
        Assert.True(first is null, $"{first} {await LogAsync()}");

        Write(90);
        (ChangePlan? plan, CertificateUpdate now) = await planner.PlanAsync(request, default);
        Assert.Contains("Reload the service web", plan!.Summary);
        Assert.Equal(CertificateOutcome.Reloaded, ((CertificateUpdate)(await new ChangeRunner(context).RunAsync(plan, default))!.Value!).Outcome);
        Assert.Equal(now.Sha256, (await new CertificateReader(TimeProvider.System).ReadEndpointAsync(certificate.Endpoint, TimeSpan.FromSeconds(20), default)).Sha256);

        _folder.Write("nginx.conf", "nonsense;");
        ChangePlan forced = (await planner.PlanAsync(request with { Force = true }, default)).Plan!;
        var error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(forced, default));
        Assert.Equal("WebServerTestFailed", error.ErrorId);
        Assert.Contains("unknown directive \"nonsense\"", error.Message);
        await DockerFixture.DockerAsync("rm", "-f", (await _lab.FindAsync("web")).Instances[0].Id);
    }
}
