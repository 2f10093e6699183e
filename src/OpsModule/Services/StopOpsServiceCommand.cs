using System.Management.Automation;
using OpsModule.Engine.Platforms;
using OpsModule.Engine.Services;

namespace OpsModule.Services;

/// <summary>
/// <para>Stops services.</para>
/// </summary>
/// <remarks>
/// <para>Containers stay and can be started again; their data and their output are kept. What has not ended within the grace period is
/// killed. On Kubernetes a workload goes to no replicas, remembers how many it had, and its pods have the grace period of their own
/// specification.</para>
/// </remarks>
/// <example>
/// <code>Stop-OpsService worker* -WhatIf</code>
/// <para>Shows what would be stopped.</para>
/// </example>
/// <example>
/// <code>Stop-OpsService api -Grace 1m</code>
/// <para>Gives requests under way a minute to end.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord))]
public sealed class StopOpsServiceCommand : OpsServiceEndCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(() => StopAsync(service, cancellationToken)).ConfigureAwait(false);
    }

    private async Task StopAsync(ServiceRecord service, CancellationToken cancellationToken)
    {
        if (Platform.Plan(service, ServiceChange.Stop) is not { } plan)
        {
            Verbose($"Nothing of {service.Name} runs.");
            Emit(service);
        }
        else if (await ShouldProcessAsync($"service {service.Name} of {service.Environment}", plan).ConfigureAwait(false))
        {
            Emit(await new ServiceControl(Context, Platform).StopAsync(service, Grace, cancellationToken).ConfigureAwait(false));
        }
    }
}
