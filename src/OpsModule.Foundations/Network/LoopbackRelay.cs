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
    private readonly string _target;
    private readonly Func<CancellationToken, Task<Socket>> _connect;
    private readonly Action<string> _failed;
    private readonly bool _isPrivate;
    private readonly Task _accepting;

    private LoopbackRelay(TcpListener listener, string target, Func<CancellationToken, Task<Socket>> connect, Action<string> failed,
        bool isPrivate)
    {
        (_listener, _target, _connect, _failed, _isPrivate) = (listener, target, connect, failed, isPrivate);
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
    public static LoopbackRelay Open(int port, (string Host, int Port) target, Action<string> failed) =>
        new(Listen(port), $"{target.Host}:{target.Port}", token => ConnectAsync(target, token), failed, isPrivate: false);

    /// <summary>
    /// Opens one at a free port that takes connections of this user's processes alone, and leads where others could not go.
    /// </summary>
    /// <param name="target">Where to, in words.</param>
    /// <param name="connect">Makes a connection to there.</param>
    /// <param name="failed">Told of each connection that could not be passed on.</param>
    /// <exception cref="OpsException"><c>LocalPortTaken</c>.</exception>
    public static LoopbackRelay OpenPrivate(string target, Func<CancellationToken, Task<Socket>> connect, Action<string> failed) =>
        new(Listen(0), target, connect, failed, isPrivate: true);

    private static TcpListener Listen(int port)
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
        return listener;
    }

    private static async Task<Socket> ConnectAsync((string Host, int Port) target, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
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
        using TcpClient client = here;
        if (_isPrivate && !SocketOwner.IsThisUser(client.Client))
        {
            _failed($"a process of another user connected to the way to {_target}, and was refused");
            return;
        }
        Socket server;
        try { server = await _connect(_stop.Token).ConfigureAwait(false); }
        catch (SocketException e)
        {
            _failed($"{_target} took no connection: {SocketWords.Of(e)}");
            return;
        }
        // Taken now: of a socket that has said all, .NET gives none any more.
        using var right = new NetworkStream(server, ownsSocket: true);
        NetworkStream left = client.GetStream();
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
