using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Reaching;

namespace OpsModule.Services;

/// <summary>
/// <para>Opens a port of a service on loopback here, until Ctrl+C.</para>
/// </summary>
/// <remarks>
/// <para>What connects to the port here reaches the port of one instance: a container by its published port or its address, a pod by
/// kubectl port-forward,
/// a service of the host at loopback. The address is emitted as soon as connections are taken. When the way ends by itself (the pod is
/// gone,
/// the login has expired) that is an error; it is not opened again behind your back. Everybody on this machine can use the port while it is
/// open.</para>
/// </remarks>
/// <example>
/// <code>Connect-OpsService api -Port 3000</code>
/// <para>Opens port 3000 of api at a free port here, and says which.</para>
/// </example>
/// <example>
/// <code>Connect-OpsService postgres -Port 5432 -LocalPort 15432</code>
/// <para>Opens the database at 127.0.0.1:15432.</para>
/// </example>
[Cmdlet(VerbsCommunications.Connect, "OpsService")]
[OutputType(typeof(ServiceConnection))]
public sealed class ConnectOpsServiceCommand : OpsServiceCmdlet
{
    /// <summary>The port of the service, as it is inside.</summary>
    [Parameter(Mandatory = true)]
    [ValidateRange(1, 65535)]
    public int Port { get; set; }

    /// <summary>The port here; a free one unless told.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? LocalPort { get; set; }

    /// <summary>The instance, by name or id; otherwise the first that is ready.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Instance { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindOneServiceAsync(cancellationToken).ConfigureAwait(false);
        ServiceInstance instance = ServiceCommand.Choose(service, Instance);
        await new ServiceTunnel(Context).RunAsync(instance, Port, LocalPort, Emit, cancellationToken).ConfigureAwait(false);
    }
}
