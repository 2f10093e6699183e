using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;

namespace OpsModule.Services;

/// <summary>
/// <para>Sets how many instances of a service there are.</para>
/// </summary>
/// <remarks>
/// <para>Containers are made from the compose file by the compose plugin (or docker-compose); those that are there stay as they are. It
/// holds until the project is next brought up with other numbers: what is to stay belongs into the compose file. On Kubernetes the
/// workload is scaled; where an autoscaler decides how many there are, that is refused.</para>
/// </remarks>
/// <example>
/// <code>Set-OpsService worker -Replicas 3 -PassThru | Wait-OpsService -Healthy</code>
/// <para>Goes to three workers and waits until all are ready.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord))]
public sealed class SetOpsServiceCommand : OpsServiceCmdlet
{
    /// <summary>How many.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateRange(0, 1000)]
    public int Replicas { get; set; }

    /// <summary>Emits the service as it is after the change; without it nothing is emitted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindServicesToStartAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(() => ScaleAsync(service, cancellationToken)).ConfigureAwait(false);
    }

    private async Task ScaleAsync(ServiceRecord service, CancellationToken cancellationToken)
    {
        if (Platform.Plan(service, ServiceChange.Scale, Replicas) is not { } plan)
        {
            Verbose($"There are as many of {service.Name} already.");
            if (PassThru) Emit(service);
        }
        else if (await ShouldProcessAsync($"service {service.Name} of {service.Environment}", plan).ConfigureAwait(false))
        {
            ServiceRecord scaled = await new ServiceControl(Context, Platform).ScaleAsync(service, Replicas, cancellationToken).ConfigureAwait(false);
            if (PassThru) Emit(scaled);
        }
    }
}
