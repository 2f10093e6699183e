using System.Net.Sockets;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Connections.Platforms.Contract.Vantages;

/// <summary>
/// The place in the network where an instance of a service stands: what is connected from here goes the way that the service's own
/// connections
/// go, and the other side sees the instance's address.
/// </summary>
public abstract class ServiceVantage : IDisposable
{
    /// <summary>The instance's name, for proofs that say from where they were made.</summary>
    public abstract string Words { get; }

    /// <summary>Connects as the instance would: names mean what they mean there.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The TCP port.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">The name has no address there, or nobody takes the connection.</exception>
    public abstract Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken);

    /// <summary>
    /// A port of loopback that leads to a server as the instance reaches it, for libraries that make their connections themselves. Only
    /// processes
    /// of this user are let through, for as long as it is open.
    /// </summary>
    /// <param name="host">A name or an address, as the instance knows it.</param>
    /// <param name="port">The TCP port.</param>
    /// <param name="failed">Told of each connection that could not be passed on.</param>
    /// <exception cref="OpsException"><c>LocalPortTaken</c>.</exception>
    public LoopbackRelay Relay(string host, int port, Action<string> failed) =>
        LoopbackRelay.OpenPrivate($"{host}:{port}", token => ConnectAsync(host, port, token), failed);

    /// <summary>Lets go of it.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Words;
}
