using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Two throwaway Redis servers on free loopback ports: one open to everybody, one with a password and an ACL user.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    public const string Password = "redis-secret-4Tz";
    public const string User = "app";

    private readonly List<Process> _servers = [];
    private readonly Dictionary<int, (Process Server, string[] Arguments)> _started = [];
    private readonly TempFolder _folder = new();

    public int OpenPort { get; private set; }

    public int LockedPort { get; private set; }

    public async Task InitializeAsync()
    {
        OpenPort = await StartAsync("open", "save 3600 1");
        LockedPort = await StartAsync("locked", $"save \"\"\nrequirepass {Password}\nuser {User} on >{Password} ~* +@all\nuser blind on >{Password} ~* +@all -info\nmaxmemory 64mb");
    }

    public async Task DisposeAsync()
    {
        foreach (Process server in _servers)
        {
            if (!server.HasExited) server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }
        _folder.Dispose();
    }

    /// <summary>Starts one more server that speaks only TLS.</summary>
    public async Task<int> StartTlsAsync(string name, X509Certificate2 certificate, string configuration = "tls-auth-clients no")
    {
        string authority = _folder.Write($"{name}/cert.pem", certificate.ExportCertificatePem()), key = _folder.Write($"{name}/key.pem", certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        int port = FreePorts.Take();
        return await StartAsync(name, $"port 0\ntls-port {port}\ntls-cert-file {authority}\ntls-key-file {key}\ntls-ca-cert-file {authority}\n{configuration}", port);
    }

    /// <summary>Starts one more server, which ends with the fixture.</summary>
    public Task<int> StartAsync(string name, string configuration) => StartAsync(name, configuration, FreePorts.Take());

    private async Task<int> StartAsync(string name, string configuration, int port)
    {
        Directory.CreateDirectory(_folder[name]);
        string file = _folder.Write(name + ".conf", $"bind 127.0.0.1\nport {port}\ndir {_folder[name]}\nappendonly no\n{configuration}\n");
        return await StartAsync(port, file);
    }

    /// <summary>Starts a sentinel, which ends with the fixture.</summary>
    public async Task<int> StartSentinelAsync(string name, string configuration)
    {
        Directory.CreateDirectory(_folder[name]);
        int port = FreePorts.Take();
        string file = _folder.Write(name + ".conf", $"bind 127.0.0.1\nport {port}\ndir {_folder[name]}\n{configuration}\n");
        return await StartAsync(port, file, "--sentinel");
    }

    /// <summary>The configuration file of a server that was started under a name.</summary>
    public string FileOf(string name) => _folder[name + ".conf"];

    /// <summary>Starts one more server by its arguments alone, without a file.</summary>
    public async Task<int> StartBareAsync(params string[] arguments)
    {
        int port = FreePorts.Take();
        return await StartAsync(port, ["--bind", "127.0.0.1", "--port", port.ToString(), "--dir", _folder.Path, "--save", "", .. arguments]);
    }

    /// <summary>Kills a server and starts it again: it knows what it has written, and nothing else.</summary>
    public async Task RestartAsync(int port)
    {
        await KillAsync(port);
        await StartAgainAsync(port);
    }

    /// <summary>Kills a server at once, as a power cut would.</summary>
    public async Task KillAsync(int port)
    {
        _started[port].Server.Kill();
        await _started[port].Server.WaitForExitAsync();
    }

    /// <summary>Starts one that was killed.</summary>
    public Task StartAgainAsync(int port) => StartAsync(port, _started[port].Arguments);

    private async Task<int> StartAsync(int port, params string[] arguments)
    {
        var info = new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process server = Process.Start(info)!;
        _started[port] = (server, arguments);
        _servers.Add(server);
        server.OutputDataReceived += (_, _) => { };
        server.ErrorDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", port);
                return port;
            }
            catch (SocketException) when (attempt < 200 && !server.HasExited) { await Task.Delay(50); }
        }
    }
}
