using System.Management.Automation;
using OpsModule.Engine.Platforms;
using OpsModule.Engine.Services;

namespace OpsModule.Services;

/// <summary>
/// <para>Restarts services, one instance after another.</para>
/// </summary>
/// <remarks>
/// <para>The containers stay the same: a new image or another setting takes more than a restart. What has not ended within the grace
/// period is killed. On Kubernetes it is a rolling restart: pods are replaced by new ones, which Wait-OpsService -Healthy waits for.</para>
/// </remarks>
/// <example>
/// <code>Restart-OpsService api | Wait-OpsService -Healthy</code>
/// <para>Restarts a service and waits until its health check passes.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Restart, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord))]
public sealed class RestartOpsServiceCommand : OpsServiceEndCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
        {
            await AttemptAsync(async () =>
            {
                if (!await ShouldProcessAsync($"service {service.Name} of {service.Environment}", Platform.Plan(service, ServiceChange.Restart)!).ConfigureAwait(false)) return;
                Emit(await new ServiceControl(Context, Platform).RestartAsync(service, Grace, cancellationToken).ConfigureAwait(false));
            }).ConfigureAwait(false);
        }
    }
}
