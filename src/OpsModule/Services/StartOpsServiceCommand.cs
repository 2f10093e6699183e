using System.Management.Automation;
using OpsModule.Engine.Platforms;
using OpsModule.Engine.Services;

namespace OpsModule.Services;

/// <summary>
/// <para>Starts what is stopped of services.</para>
/// </summary>
/// <remarks>
/// <para>Containers that are there are started as they are. A service that has none is made from the compose file, for which the compose
/// plugin is needed. On Kubernetes a workload without replicas gets as many as it had before it was stopped. Whether it stays up is another question: Wait-OpsService answers it.</para>
/// </remarks>
/// <example>
/// <code>Start-OpsService api | Wait-OpsService -Healthy -Timeout 2m</code>
/// <para>Starts a service and waits until its health check passes.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord))]
public sealed class StartOpsServiceCommand : OpsServiceCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(() => StartAsync(service, cancellationToken)).ConfigureAwait(false);
    }

    private async Task StartAsync(ServiceRecord service, CancellationToken cancellationToken)
    {
        if (Platform.Plan(service, ServiceChange.Start) is not { } plan)
        {
            Verbose($"All of {service.Name} runs already.");
            Emit(service);
        }
        else if (await ShouldProcessAsync($"service {service.Name} of {service.Environment}", plan).ConfigureAwait(false))
        {
            Emit(await new ServiceControl(Context, Platform).StartAsync(service, cancellationToken).ConfigureAwait(false));
        }
    }
}
