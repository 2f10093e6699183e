using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Listens on a free loopback port; what breaks in one connection ends that one alone.</summary>
public abstract class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    protected LoopbackServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    protected CancellationToken Stopped => _stop.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _stop.Dispose();
    }

    /// <summary>Serves one connection, which is closed when it returns.</summary>
    protected abstract Task ServeAsync(TcpClient client);

    private async Task AcceptAsync()
    {
        CancellationToken stopped = _stop.Token;
        try
        {
            while (true) _ = HoldAsync(await _listener.AcceptTcpClientAsync(stopped));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { }
    }

    private async Task HoldAsync(TcpClient accepted)
    {
        using TcpClient client = accepted;
        try { await ServeAsync(client); }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException or AuthenticationException) { }
    }
}
