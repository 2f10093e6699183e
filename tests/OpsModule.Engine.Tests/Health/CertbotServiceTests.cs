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

/// <summary>certbot as a service of the project: a program of that name in a real container, which brings the files that lie ready.</summary>
[Collection(DockerCollection.Name)]
public sealed class CertbotServiceTests : IAsyncDisposable
{
    private static readonly CertificateUpdateRequest Request = new() { Force = true, Timeout = TimeSpan.FromSeconds(20) };

    private readonly int _port = FreePorts.Take();
    private readonly TempFolder _folder = new();
    private readonly ServiceLab _lab;

    public CertbotServiceTests() => _lab = new ServiceLab(Text());

    private string Asked => Path.Combine(_folder.Path, "asked");

    /// <summary>As projects have it: the service waits for the next time, and a profile keeps it back.</summary>
    private string Text() => $$"""
        services:
          certbot:
            image: "{{DockerFixture.Image}}"
            profiles: [tools]
            entrypoint: ["sh", "-c", "{{DockerFixture.Stay.Replace("$", "$$")}}"]
            stop_grace_period: 1s
            environment: { PATH: "/etc/letsencrypt/bin:/usr/sbin:/usr/bin:/sbin:/bin" }
            volumes: ["{{_folder.Path}}:/etc/letsencrypt"]
          web:
            image: "{{DockerFixture.Image}}"
        """;

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceRecord service in await _lab.Platform.ListAsync(null, default))
            foreach (ServiceInstance instance in service.Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
        _lab.Dispose();
        _folder.Dispose();
    }

    private void Prepare(string script)
    {
        Write("live/shop", 20);
        Write("next", 90);
        string program = _folder.Write("bin/certbot", "#!/bin/sh\necho \"$@\" >> /etc/letsencrypt/asked\n" + script);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private void Write(string folder, int days)
    {
        using X509Certificate2 certificate = WebServer.SelfSigned("localhost", days, IPAddress.Loopback);
        foreach (string name in (string[])["fullchain.pem", "cert.pem", "chain.pem"]) _folder.Write($"{folder}/{name}", certificate.ExportCertificatePem());
        _folder.Write($"{folder}/privkey.pem", certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private OpsContext Context(string endpoint, string? service = "certbot") => _lab.Context with
    {
        Environment = _lab.Context.Environment with
        {
            Certificates = new Dictionary<string, CertificateSettings>
            {
                ["shop"] = new() { Name = "shop", Lineage = "shop", ConfigFolder = _folder.Path, Endpoint = endpoint, CertbotService = service, Test = [], Reload = ["true"] },
            },
        },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renewal_is_made_by_the_service_whether_it_runs_or_not(bool runs)
    {
        Prepare("case \"$*\" in *--dry-run*) exit 0;; esac\nbusybox cp /etc/letsencrypt/next/*.pem /etc/letsencrypt/live/shop/\n");
        using ComposeV2 compose = new();
        if (runs) await _lab.RunAsync("certbot", DockerFixture.Stay, "-e", "PATH=/etc/letsencrypt/bin:/usr/bin:/bin", "-v", $"{_folder.Path}:/etc/letsencrypt");
        await using var server = new ReloadedServer(_folder["live/shop/fullchain.pem"], _folder["live/shop/privkey.pem"]);
        using OpsContext context = Context($"127.0.0.1:{server.Port}");
        var planner = new CertificatePlanner(context, context.Environment.Certificates["shop"]);
        Assert.Equal(CertificateOutcome.Tried, (await planner.TryAsync(default)).Outcome);
        (ChangePlan? plan, CertificateUpdate before) = await planner.PlanAsync(Request, default);
        Assert.Contains("certbot of the service certbot", plan!.Summary);
        Assert.Contains(plan.Identities, i => i.Value == "the service certbot");

        var done = (CertificateUpdate)(await new ChangeRunner(context).RunAsync(plan, default))!.Value!;

        Assert.Equal((CertificateOutcome.Renewed, before.Sha256), (done.Outcome, done.Replaced));
        Assert.NotEqual(before.Sha256, done.Sha256);
        // Folders are the container's own affair.
        Assert.Equal(["renew --cert-name shop --non-interactive --no-random-sleep-on-renew --dry-run", "renew --cert-name shop --non-interactive --no-random-sleep-on-renew --force-renewal"],
            File.ReadAllLines(Asked));
        // What was made for it has gone again.
        string all = await DockerFixture.DockerAsync("ps", "-aq", "--filter", $"label=com.docker.compose.project={_lab.Project}");
        Assert.Equal(runs ? 1 : 0, all.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_it_says_is_the_error_and_nothing_was_touched(bool runs)
    {
        Prepare("echo 'The authority refuses the challenge' >&2; exit 1\n");
        using ComposeV2 compose = new();
        if (runs) await _lab.RunAsync("certbot", DockerFixture.Stay, "-e", "PATH=/etc/letsencrypt/bin:/usr/bin:/bin", "-v", $"{_folder.Path}:/etc/letsencrypt");
        await using var server = new ReloadedServer(_folder["live/shop/fullchain.pem"], _folder["live/shop/privkey.pem"]);
        using OpsContext context = Context($"127.0.0.1:{server.Port}");
        string before = File.ReadAllText(_folder["live/shop/cert.pem"]);
        ChangePlan plan = (await new CertificatePlanner(context, context.Environment.Certificates["shop"]).PlanAsync(Request, default)).Plan!;
        var error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default));
        Assert.Equal("CertbotFailed", error.ErrorId);
        Assert.Contains("The authority refuses the challenge", error.Message);
        Assert.Equal(before, File.ReadAllText(_folder["live/shop/cert.pem"]));
    }

    [Fact]
    public async Task A_lineage_that_is_not_there_says_which_folder_to_name()
    {
        Prepare("exit 0\n");
        await using var server = new ReloadedServer(_folder["live/shop/fullchain.pem"], _folder["live/shop/privkey.pem"]);
        using OpsContext context = Context($"127.0.0.1:{server.Port}");
        CertificateSettings other = context.Environment.Certificates["shop"] with { Lineage = "other", File = _folder["live/shop/fullchain.pem"] };
        var error = await Assert.ThrowsAsync<OpsException>(() => new CertificatePlanner(context, other).PlanAsync(Request, default));
        Assert.Equal("LineageNotFound", error.ErrorId);
        Assert.Contains("the folder of this machine that certbot has as /etc/letsencrypt", error.RecommendedAction);
    }

    [Fact]
    public async Task A_name_without_an_address_is_told_before_anything_is_asked_or_waited_for()
    {
        Prepare("exit 0\n");
        using OpsContext context = Context("no-such-host.invalid:443");
        var error = await Assert.ThrowsAsync<OpsException>(() => new CertificatePlanner(context, context.Environment.Certificates["shop"]).PlanAsync(Request, default));
        Assert.Equal("EndpointNameUnknown", error.ErrorId);
        Assert.Contains("the name has no address", error.Message);
        Assert.Contains("DNS", error.RecommendedAction);
        Assert.False(File.Exists(Asked));
        // While it is waited for, such a name says nothing of the server: files are not put back for it.
        Assert.False((await new CertificateProof(context, context.Environment.Certificates["shop"]).LookAsync(default)).Broken);
    }

    /// <summary>Serves what the files hold now, as a server does that is reloaded.</summary>
    private sealed class ReloadedServer(string certificate, string key) : LoopbackServer
    {
        protected override async Task ServeAsync(System.Net.Sockets.TcpClient client)
        {
            using X509Certificate2 read = X509Certificate2.CreateFromPemFile(certificate, key);
            using X509Certificate2 own = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
            await using var tls = new System.Net.Security.SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(own);
        }
    }
}
