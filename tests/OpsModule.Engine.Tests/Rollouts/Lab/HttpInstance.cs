using System.Diagnostics;
using System.Net.Sockets;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>An instance of the HTTP service of the tests as a process of this machine.</summary>
public sealed class HttpInstance : IAsyncDisposable
{
    private readonly Process _process;

    private HttpInstance(Process process, int port) => (_process, Server) = (process, new ProxyServer("127.0.0.1", port));

    public ProxyServer Server { get; }

    /// <summary>Starts one that answers as this version, with these switches (<c>NAME=value</c>), and waits until it listens.</summary>
    public static async Task<HttpInstance> StartAsync(string version, params string[] switches)
    {
        int port = FreePorts.Take();
        var info = new ProcessStartInfo(HttpServiceImage.Program) { RedirectStandardOutput = true };
        info.Environment["PORT"] = port.ToString();
        info.Environment["VERSION"] = version;
        foreach (string one in switches) info.Environment[one.Split('=')[0]] = one.Split('=')[1];
        Process process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        await ProxyLab.UntilAsync(() => ProxyLab.ListensAsync(port), $"version {version} does not listen");
        return new HttpInstance(process, port);
    }

    /// <summary>Sends SIGTERM and waits for its end.</summary>
    public async Task StopAsync()
    {
        using (Process kill = Process.Start("kill", _process.Id.ToString())) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
