using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Examples;

/// <summary>The project of examples/morning-check, started by Compose in a copy of its folder, its programs being those of this machine.</summary>
internal sealed class MorningProject : IDisposable
{
    private readonly string _project = "m" + Guid.NewGuid().ToString("N")[..10];

    public static string Root { get; } = FindRoot();

    public string Folder { get; } = Directory.CreateTempSubdirectory("ops-morning-").FullName;

    public string EnvironmentFile => Path.Combine(Folder, "ops.yaml");

    private ComposeSource Files => new([Path.Combine(Folder, "compose.yaml"), Path.Combine(Folder, "here.yaml")], Folder);

    public async Task StartAsync()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "examples", "morning-check"))) File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        int http = FreePorts.Take(), https = FreePorts.Take();
        Put(".env", $"POSTGRES_PASSWORD={DockerFixture.Password}\nADMIN_TOKEN=token-Qw5\nAPI_PORT={http}\nTLS_PORT={https}\n");
        using (var authority = new TestAuthority())
        using (X509Certificate2 issued = authority.Issue("localhost", 60, IPAddress.Loopback))
        {
            Directory.CreateDirectory(Path.Combine(Folder, "tls"));
            Put("tls/ca.pem", authority.Pem);
            Put("tls/cert.pem", issued.ExportCertificatePem());
            Put("tls/key.pem", issued.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }
        string yaml = Read("ops.yaml").Replace("project: shop", "project: " + _project).Replace("127.0.0.1:4000", $"127.0.0.1:{http}").Replace("127.0.0.1:4443", $"127.0.0.1:{https}");
        // The machine that the tests run on may be as busy and as full as it likes.
        Put("ops.yaml", yaml.Replace("  http.p95: { warning: 200ms, critical: 500ms }", """
              http.p95: { warning: 1h, critical: 2h }
              cpu.used: { warning: 1000%, critical: 2000% }
              memory.used: { warning: 1000%, critical: 2000% }
              load.perCore: { warning: 1000, critical: 2000 }
              disk.inodes: { warning: 0%, critical: 0% }
            """).Replace("disk.free: { warning: 20%, critical: 10% }", "disk.free: { warning: 0%, critical: 0% }"));
        string image = DockerFixture.Image, programs = "volumes: [ \"/usr:/usr:ro\", \"/lib:/lib:ro\", \"/lib64:/lib64:ro\" ]", path = "environment: { PATH: \"/usr/sbin:/usr/bin:/bin\" }";
        Put("here.yaml", $$"""
            version: "2.4"
            services:
              db: { image: "{{image}}", command: [ sh, /start.sh ] }
              redis: { image: "{{image}}", {{path}}, {{programs}} }
              api: { image: "{{image}}", {{path}}, {{programs}}, tmpfs: [ /var/log/nginx ] }
              worker: { image: "{{image}}", init: false }
            """);
        await ComposeProgram.RunAsync(Files, _project, ["up", "-d"], default);
        string db = await ContainerAsync("db");
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await DockerFixture.DockerAsync("exec", "-e", "PGPASSWORD=" + DockerFixture.Password, db, "psql", "-h", "127.0.0.1", "-U", "postgres", "-c", "CREATE DATABASE shop");
                break;
            }
            catch (OpsException) when (attempt < 300) { await Task.Delay(100); }
        }
        await DockerFixture.DockerAsync("exec", "-e", "PGPASSWORD=" + DockerFixture.Password, db, "psql", "-h", "127.0.0.1", "-U", "postgres", "-d", "shop", "-v", "ON_ERROR_STOP=1", "-q", "-c", Read("schema.sql"));
    }

    public async Task StopAsync(string service) => await DockerFixture.DockerAsync("stop", "-t", "1", await ContainerAsync(service));

    public string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public void Put(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    /// <summary>Runs the example through a program, as a scheduler would.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["PSModulePath"] = Path.Combine(Root, "out");
        using Process run = Process.Start(info)!;
        Task<string> output = run.StandardOutput.ReadToEndAsync(), errors = run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        return (run.ExitCode, await output + await errors);
    }

    public void Dispose()
    {
        try { ComposeProgram.RunAsync(Files, _project, ["down", "-t", "1", "-v"], default).GetAwaiter().GetResult(); }
        catch (OpsException) { /* it never came up; the fixture removes what is left */ }
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<string> ContainerAsync(string service) =>
        (await DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=" + ComposeLabels.OfProject(_project), "--filter", "label=" + ComposeLabels.OfService(service))).Trim();

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "OpsModule.sln"))) folder = Path.GetDirectoryName(folder);
        return folder!;
    }
}
