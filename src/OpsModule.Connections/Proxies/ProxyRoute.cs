using System.Globalization;
using System.Net.Sockets;

namespace OpsModule.Connections.Proxies;

/// <summary>Where something of a proxy listens.</summary>
/// <param name="Host">Its address; null for a socket in the file system.</param>
/// <param name="Port">The port there.</param>
/// <param name="Path">The socket's path; null for an address.</param>
public sealed record ProxyRoute(string? Host, int Port, string? Path)
{
    /// <summary>A socket in the file system.</summary>
    public static ProxyRoute OfSocket(string path) => new(null, 0, path);

    /// <summary>An address and a port.</summary>
    public static ProxyRoute OfPort(string host, int port) => new(host, port, null);

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket socket = Path is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (Path is { } path) await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            else await socket.ConnectAsync(Host!, Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Path ?? (Host!.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}") : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}"));
}
