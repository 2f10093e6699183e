using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Fixtures;

[CollectionDefinition(Name)]
public sealed class AcmeCollection : ICollectionFixture<AcmeFixture>
{
    public const string Name = "Acme";
}

/// <summary>
/// A certificate authority of the tests' own (pebble, with a name server that knows every name as this machine), and an nginx of their own
/// that answers its challenges.
/// </summary>
public sealed class AcmeFixture : IAsyncLifetime
{
    private readonly List<Process> _running = [];
    private readonly int _acme = FreePorts.Take(), _management = FreePorts.Take(), _challenge = FreePorts.Take(), _names = FreePorts.Take();

    public string Folder { get; } = Directory.CreateTempSubdirectory("ops-acme-").FullName;

    /// <summary>The authority's root, in PEM.</summary>
    public string Root => Path.Combine(Folder, "root.pem");

    public async Task InitializeAsync()
    {
        using X509Certificate2 own = WebServer.SelfSigned("localhost", 30, IPAddress.Loopback);
        File.WriteAllText(In("pebble.pem"), own.ExportCertificatePem());
        File.WriteAllText(In("pebble.key"), own.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(In("pebble.json"), $$"""
            { "pebble": { "listenAddress": "127.0.0.1:{{_acme}}", "managementListenAddress": "127.0.0.1:{{_management}}", "certificate": "{{In("pebble.pem")}}", "privateKey": "{{In("pebble.key")}}",
              "httpPort": {{_challenge}}, "tlsPort": 1, "ocspResponderURL": "", "externalAccountBindingRequired": false } }
            """);
        Directory.CreateDirectory(In("web"));
        // certbot finds the authority's own certificate as a person's shell would tell it.
        Environment.SetEnvironmentVariable("REQUESTS_CA_BUNDLE", In("pebble.pem"));
        Start("pebble-challtestsrv", "-defaultIPv6", "", "-dns01", $"127.0.0.1:{_names}", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", $"127.0.0.1:{FreePorts.Take()}");
        Start("pebble", "-config", In("pebble.json"), "-dnsserver", $"127.0.0.1:{_names}");
        StartNginx(In("challenge.conf"), $"server {{ listen 127.0.0.1:{_challenge}; root {In("web")}; }}");
        await UntilAsync(async () => await ProgramRunner.RunAsync(new ProgramCall("curl", "-sSf", "--cacert", In("pebble.pem"), "-o", Root, $"https://127.0.0.1:{_management}/roots/0"), null, default));
    }

    public async Task DisposeAsync()
    {
        foreach (Process process in Enumerable.Reverse(_running))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        Environment.SetEnvironmentVariable("REQUESTS_CA_BUNDLE", null);
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Lets certbot get a first certificate for a name, into folders of its own.</summary>
    public async Task IssueAsync(string folder, string name) => await ProgramRunner.RunAsync(new ProgramCall("certbot", "certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email",
        "--server", $"https://127.0.0.1:{_acme}/dir", "--webroot", "-w", In("web"), "-d", name, "--cert-name", name, "--config-dir", folder, "--work-dir", folder + "/work", "--logs-dir", folder + "/logs"), null, default);

    /// <summary>Renews it behind everybody's back, as certbot's own timer does.</summary>
    public async Task IssueAgainAsync(string folder, string name) => await ProgramRunner.RunAsync(new ProgramCall("certbot", "renew", "--non-interactive", "--no-random-sleep-on-renew", "--force-renewal",
        "--cert-name", name, "--config-dir", folder, "--work-dir", folder + "/work", "--logs-dir", folder + "/logs"), null, default);

    /// <summary>What the authority says of a certificate: <c>Valid</c> or <c>Revoked</c>, with the reason's number.</summary>
    public async Task<string> StatusAsync(string serialNumber) => await ProgramRunner.RunAsync(new ProgramCall("curl", "-sSf", "--cacert",
        In("pebble.pem"), $"https://127.0.0.1:{_management}/cert-status-by-serial/{serialNumber}"), null, default);

    /// <summary>Starts an nginx with these servers; its programs are called with <c>-c</c> and the file.</summary>
    public Process StartNginx(string file, string servers)
    {
        WriteNginx(file, servers);
        return Start("nginx", "-c", file, "-g", "daemon off;");
    }

    public static void WriteNginx(string file, string servers) => File.WriteAllText(file, $$"""
        user root;
        worker_processes 1;
        error_log {{file}}.log;
        pid {{file}}.pid;
        events { worker_connections 64; }
        http { access_log off; client_body_temp_path {{file}}.1; proxy_temp_path {{file}}.2; fastcgi_temp_path {{file}}.3; uwsgi_temp_path {{file}}.4; scgi_temp_path {{file}}.5;
        {{servers}}
        }
        """);

    /// <summary>Tries until it works; the test's own time limit is the runner's.</summary>
    public static async Task UntilAsync(Func<Task> works)
    {
        for (int attempt = 0; ; attempt++)
        {
            try { await works(); return; }
            catch (OpsException) when (attempt < 300) { await Task.Delay(100); }
        }
    }

    private string In(string name) => Path.Combine(Folder, name);

    private Process Start(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in arguments) info.ArgumentList.Add(argument);
        info.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        info.Environment["PEBBLE_WFE_NONCEREJECT"] = "0";
        Process process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _running.Add(process);
        return process;
    }
}
