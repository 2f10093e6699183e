using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A Docker engine's socket on a TCP port, whose engine says that it runs on another machine: all that a test can have of a remote one.</summary>
public sealed class RenamingEngine : IAsyncDisposable
{
    /// <summary>As long as this machine's own, which keeps the answer's length true.</summary>
    public static readonly string Name = new('z', Environment.MachineName.Length);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _socket;

    public RenamingEngine(string socket)
    {
        _socket = socket;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try { while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync()); }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using TcpClient client = accepted;
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await engine.ConnectAsync(new UnixDomainSocketEndPoint(_socket));
        await using var other = new NetworkStream(engine);
        try
        {
            _ = client.GetStream().CopyToAsync(other);
            byte[] buffer = new byte[256 * 1024];
            byte[] own = Encoding.UTF8.GetBytes($"\"Name\":\"{Environment.MachineName}\""), foreign = Encoding.UTF8.GetBytes($"\"Name\":\"{Name}\"");
            while (await other.ReadAsync(buffer) is var read and > 0)
            {
                int at = buffer.AsSpan(0, read).IndexOf(own);
                if (at >= 0) foreign.CopyTo(buffer, at);
                await client.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException) { }
    }
}
