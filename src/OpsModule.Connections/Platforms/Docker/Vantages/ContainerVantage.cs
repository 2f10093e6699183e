using System.Net;
using System.Net.Sockets;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Foundations.Network;

namespace OpsModule.Connections.Platforms.Docker.Vantages;

/// <summary>The network of a container of this machine's engine.</summary>
internal sealed class ContainerVantage : ServiceVantage
{
    private readonly NetworkNamespace _network;
    private readonly ContainerNames _names;

    private ContainerVantage(string words, NetworkNamespace network, ContainerInspectResponse container)
    {
        (Words, _network) = (words, network);
        _names = new ContainerNames(container.HostsPath, container.ResolvConfPath, network.Open);
    }

    public override string Words { get; }

    /// <summary>Goes there, or says why that cannot be.</summary>
    /// <exception cref="Foundations.Errors.OpsException">What the engine reports.</exception>
    public static async Task<VantageAnswer> OpenAsync(DockerEngine engine, ServiceInstance instance, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) return new VantageAnswer(null, "only Linux lets a process into the network of a container");
        if (!engine.IsHere) return new VantageAnswer(null, $"the engine is on another machine ({engine.Name})");
        ContainerInspectResponse container = await engine.CallAsync($"the container {instance.Name}", (client, token) =>
            client.Containers.InspectContainerAsync(instance.Id, token), cancellationToken).ConfigureAwait(false);
        if (container.State is not { Pid: > 0 and var process }) return new VantageAnswer(null, $"{instance.Name} does not run");
        NetworkNamespace? network = null;
        try
        {
            network = NetworkNamespace.Of(process);
            // After it is held: the number may be another process's where the engine is in another namespace, or has become one.
            if (!File.ReadAllText(FormattableString.Invariant($"/proc/{process}/mountinfo")).Contains(container.ID,
                StringComparison.Ordinal))
                return Not(network, $"the processes of {instance.Name} are not to be seen on this machine");
            network.Open(AddressFamily.InterNetwork, SocketType.Stream).Dispose();
            return new VantageAnswer(new ContainerVantage(instance.Name, network, container), null);
        }
        catch (UnauthorizedAccessException) { return Not(network, $"only root may connect from the network of {instance.Name}"); }
        catch (Exception e) when (e is IOException or SocketException) { return Not(network,
            $"the network of {instance.Name} cannot be entered: {e.Message.TrimEnd('.')}"); }
    }

    public override async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> addresses = await _names.FindAsync(host, cancellationToken).ConfigureAwait(false);
        SocketException failed = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in addresses)
        {
            Socket socket = _network.Open(address.AddressFamily, SocketType.Stream);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failed = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw failed;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _network.Dispose();
    }

    private static VantageAnswer Not(NetworkNamespace? network, string reason)
    {
        network?.Dispose();
        return new VantageAnswer(null, reason);
    }
}
