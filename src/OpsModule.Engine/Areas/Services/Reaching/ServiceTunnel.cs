using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Services.Reaching;

/// <summary>Opens a port of a service on loopback here, until the caller has had enough of it.</summary>
public sealed class ServiceTunnel(OpsContext context)
{
    /// <summary>Opens it, tells where, and keeps it open until it is cancelled.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="port">The port there.</param>
    /// <param name="localPort">The port here; null for a free one.</param>
    /// <param name="opened">Told when connections are taken.</param>
    /// <param name="cancellationToken">Closes it.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>PortUnreachable</c>, <c>LocalPortTaken</c>; <c>ConnectionEnded</c> when the way
    /// there ends by itself: it is not opened again behind the caller's back.</exception>
    public async Task RunAsync(ServiceInstance instance, int port, int? localPort, Action<ServiceConnection> opened,
        CancellationToken cancellationToken)
    {
        await using PortRoute route = await context.Platform().ReachAsync(instance, port, cancellationToken).ConfigureAwait(false);
        await using LoopbackRelay relay = LoopbackRelay.Open(localPort ?? 0, (route.Host, route.Port),
            why => context.Reporter.Warning($"A connection to port {port} of {instance.Name} failed: {why}."));
        opened(new ServiceConnection(instance.Service, instance.Name, port, "127.0.0.1", relay.Port));
        await route.WaitForEndAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        throw ReachErrors.ConnectionEnded.Make($"{route.Ended ?? $"The way to {instance.Name} has ended"}. Connections through it are "
            + $"gone.",
            $"See how the service is (Get-OpsService {instance.Service}), then connect again.", instance.Name);
    }
}
