using System.Net;
using System.Net.Sockets;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Network;

/// <summary>
/// Takes connections on a port of loopback and passes what they say on to another address, and back, until it is disposed.
/// </summary>
public sealed class LoopbackRelay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly (string Host, int Port) _target;
    private readonly Action<string> _failed;
    private readonly Task _accepting;

    private LoopbackRelay(TcpListener listener, (string, int) target, Action<string> failed)
    {
        (_listener, _target, _failed) = (listener, target, failed);
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port here.</summary>
    public int Port { get; }

    /// <summary>Opens one.</summary>
    /// <param name="port">The port here; 0 for a free one.</param>
    /// <param name="target">Where to.</param>
    /// <param name="failed">Told of each connection that could not be passed on.</param>
    /// <exception cref="OpsException"><c>LocalPortTaken</c>.</exception>
    public static LoopbackRelay Open(int port, (string Host, int Port) target, Action<string> failed)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try { listener.Start(); }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new OpsException("LocalPortTaken", OpsErrorCategory.ResourceBusy,
                $"Port {port} of loopback cannot be listened on: {SocketWords.Of(e)}.",
                "Take another one, or leave -LocalPort out for a free one.", port, e);
        }
        return new LoopbackRelay(listener, target, failed);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.RemoveAll(t => t.IsCompleted);
                open.Add(PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { /* it is closed */ }
        await Task.WhenAll(open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PassAsync(TcpClient here)
    {
        using TcpClient client = here, server = new();
        try { await server.ConnectAsync(_target.Host, _target.Port, _stop.Token).ConfigureAwait(false); }
        catch (SocketException e)
        {
            _failed($"{_target.Host}:{_target.Port} took no connection: {SocketWords.Of(e)}");
            return;
        }
        // Taken now: of a socket that has said all, .NET gives none any more.
        (NetworkStream left, NetworkStream right) = (client.GetStream(), server.GetStream());
        await Task.WhenAll(CopyAsync(left, right), CopyAsync(right, left)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>When one side has said all, the other is told, and may still answer.</summary>
    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to, _stop.Token).ConfigureAwait(false);
            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException) { to.Socket.Close(); }
    }
}
