using System.Diagnostics;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Changing;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A certificate of a real authority that a real nginx serves, and certbot renews.</summary>
internal sealed class CertificateLab(AcmeFixture acme, bool isCompromised = false) : KilledLab
{
    private readonly TempFolder _folder = new();
    private readonly int _port = FreePorts.Take();
    private readonly string _name = "k" + Guid.NewGuid().ToString("N")[..8] + ".example.net";
    private Process? _nginx;
    private string _first = "";

    public override string Folder => _folder.Path;

    /// <summary>The number of the certificate in the file, by which the authority knows it.</summary>
    public string SerialNumber()
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(File.ReadAllText(Live("cert.pem")));
        return certificate.SerialNumber;
    }

    /// <summary>The key that is in the file.</summary>
    public string Key() => File.ReadAllText(Live("privkey.pem"));

    /// <summary>Has certbot keep the key at each renewal, as some want it for pinned keys.</summary>
    public void ReuseKey()
    {
        string file = Path.Combine(_folder["certbot"], "renewal", _name + ".conf");
        File.WriteAllText(file, File.ReadAllText(file).Replace("[renewalparams]\n", "[renewalparams]\nreuse_key = True\n"));
    }

    /// <summary>certbot's log.</summary>
    public string Log => _folder["certbot/logs/letsencrypt.log"];

    private string Renewal => Path.Combine(_folder["certbot"], "renewal", _name + ".conf");

    /// <summary>Has certbot ask an authority that is not there.</summary>
    /// <returns>Brings it back.</returns>
    public Action HideAuthority()
    {
        string was = File.ReadAllText(Renewal);
        File.WriteAllText(Renewal, string.Join('\n', was.Split('\n').Select(l => l.StartsWith("server", StringComparison.Ordinal)
            ? $"server = https://127.0.0.1:{FreePorts.Take()}/dir" : l)));
        return () => File.WriteAllText(Renewal, was);
    }

    /// <summary>Has certbot dawdle after each renewal.</summary>
    /// <returns>Ends that.</returns>
    public Action Dawdle()
    {
        string was = File.ReadAllText(Renewal);
        File.WriteAllText(Renewal, was.Replace("[renewalparams]\n", "[renewalparams]\nrenew_hook = sleep 120\n"));
        // certbot has written the file anew since.
        return () => File.WriteAllText(Renewal, File.ReadAllText(Renewal).Replace("renew_hook = sleep 120\n", ""));
    }

    private string Live(string file) => Path.Combine(_folder["certbot"], "live", _name, file);

    public override async Task PrepareAsync()
    {
        if (_nginx is null) await BeginAsync();
        _first = await ServedAsync();
    }

    public override async Task<ChangePlan> PlanAsync() =>
        (await new CertificatePlanner(Context, Context.Environment.Certificates["shop"]).PlanAsync(
            new CertificateUpdateRequest { Force = true, Compromised = isCompromised, Timeout = TimeSpan.FromSeconds(20) }, default)).Plan!;

    /// <summary>What is served and what the file holds: the certificate from before, or another.</summary>
    public override async Task<string> LookAsync()
    {
        string inFile = new CertificateReader(TimeProvider.System).ReadFile(Live("fullchain.pem"))[0].Sha256, key = File.ReadAllText(Live("privkey.pem"));
        string cert = new CertificateReader(TimeProvider.System).ReadFile(Live("cert.pem"))[0].Sha256;
        Assert.Equal(inFile, cert);
        using var pair = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(File.ReadAllText(Live("cert.pem")), key);
        return $"{Which(await ServedAsync())} is served, {Which(inFile)} is in the file";
    }

    public override async ValueTask DisposeAsync()
    {
        if (_nginx is { HasExited: false })
        {
            _nginx.Kill(entireProcessTree: true);
            await _nginx.WaitForExitAsync();
        }
        await base.DisposeAsync();
    }

    private async Task BeginAsync()
    {
        string certbot = _folder["certbot"], nginx = _folder["nginx.conf"];
        await acme.IssueAsync(certbot, _name);
        _folder.Write("ops.yaml", $"""
            environment: lab
            certificates:
              shop:
                endpoint: "127.0.0.1:{_port}"
                certbot: {_name}
                config: {certbot}
                work: {certbot}/work
                logs: {certbot}/logs
                test: [nginx, -t, -c, "{nginx}"]
                reload: [nginx, -s, reload, -c, "{nginx}"]
            """);
        _nginx = acme.StartNginx(nginx, $"server {{ listen 127.0.0.1:{_port} ssl; ssl_certificate {Live("fullchain.pem")}; ssl_certificate_key {Live("privkey.pem")}; return 200 well; }}");
        await AcmeFixture.UntilAsync(async () => await ServedAsync());
    }

    private string Which(string sha256) => sha256 == _first ? "the first" : "another";

    private async Task<string> ServedAsync() =>
        (await new CertificateReader(TimeProvider.System).ReadEndpointAsync($"127.0.0.1:{_port}", TimeSpan.FromSeconds(20), default)).Sha256;
}
