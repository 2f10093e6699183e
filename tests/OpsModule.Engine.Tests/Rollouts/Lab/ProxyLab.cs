using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>A real proxy of this machine before the service <c>api</c>, set up as New-OpsProxyConfiguration sets one up.</summary>
public abstract class ProxyLab : IAsyncDisposable
{
    public const string Service = "api";

    private readonly List<string> _said = [];
    private Process? _process;

    /// <summary>The port that clients ask.</summary>
    public int Port { get; } = FreePorts.Take();

    public TempFolder Folder { get; } = new();

    /// <summary>What an environment says of it.</summary>
    public abstract ProxySettings Settings { get; }

    /// <summary>Speaks to it.</summary>
    public abstract IServiceProxy Open();

    /// <summary>Starts one with these servers.</summary>
    public static async Task<ProxyLab> StartAsync(ProxyKind kind, params ProxyServer[] servers)
    {
        ProxyLab lab = kind switch { ProxyKind.Nginx => new NginxLab(), ProxyKind.HAProxy => new HAProxyLab(), _ => new CaddyLab() };
        try
        {
            lab.Write(servers);
            await lab.StartAsync();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the proxy at once and starts it anew.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>One request through it: who answered (<c>VERSION INSTANCE LENGTH</c>), or the status.</summary>
    public async Task<string> AskAsync()
    {
        using HttpConnection connection = await HttpConnection.OpenAsync(Port, default);
        HttpAnswer answer = await connection.AskAsync(false, null, false, null, default);
        return answer.Status == 200 ? answer.Body.Split(' ')[0] : $"status {answer.Status}";
    }

    /// <summary>The versions that answer some requests.</summary>
    public async Task<string[]> VersionsAsync(int requests = 12)
    {
        var versions = new HashSet<string>();
        for (int number = 0; number < requests; number++) versions.Add(await AskAsync());
        return [.. versions.Order()];
    }

    public static async Task UntilAsync(Func<Task<bool>> holds, string otherwise)
    {
        for (int attempt = 0; !await holds(); attempt++)
        {
            if (attempt == 600) throw new InvalidOperationException(otherwise);
            await Task.Delay(20);
        }
    }

    public static Task<bool> ListensAsync(int port) => ListensAsync(AddressFamily.InterNetwork, new IPEndPoint(IPAddress.Loopback, port));

    public static Task<bool> ListensAsync(string path) => ListensAsync(AddressFamily.Unix, new UnixDomainSocketEndPoint(path));

    private static async Task<bool> ListensAsync(AddressFamily family, EndPoint at)
    {
        using var socket = new Socket(family, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(at);
            return true;
        }
        catch (SocketException) { return false; }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes its configuration.</summary>
    protected abstract void Write(ProxyServer[] servers);

    /// <summary>The program that runs it in the foreground.</summary>
    protected abstract string[] Command { get; }

    private async Task StartAsync()
    {
        var info = new ProcessStartInfo(Command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in Command[1..]) info.ArgumentList.Add(argument);
        info.Environment["HOME"] = info.Environment["XDG_CONFIG_HOME"] = info.Environment["XDG_DATA_HOME"] = Folder.Path;
        _process = Process.Start(info)!;
        _process.OutputDataReceived += (_, line) => { lock (_said) _said.Add(line.Data ?? ""); };
        _process.ErrorDataReceived += (_, line) => { lock (_said) _said.Add(line.Data ?? ""); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilAsync(async () => _process.HasExited ? throw new InvalidOperationException(Said()) : await ListensAsync(Port) && await IsToldAsync(), Said());
    }

    /// <summary>Whether it can be told something; it may listen for clients before that.</summary>
    protected virtual Task<bool> IsToldAsync() => Task.FromResult(true);

    /// <summary>Ends the proxy at once.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private string Said()
    {
        lock (_said) return string.Join('\n', _said.TakeLast(20));
    }
}
