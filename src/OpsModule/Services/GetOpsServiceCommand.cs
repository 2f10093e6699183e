using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Services;

/// <summary>
/// <para>Shows the services of an environment: how many instances are wanted and ready, and how they are.</para>
/// </summary>
/// <remarks>
/// <para>Services of a compose project are known by the labels of their containers, and by the compose file where they have none yet.
/// What 'docker compose run' made is left out. A container that ended with exit code 0 and is not to be restarted is a job that is done,
/// and not wanted any more. A name that is not known is an error with the nearest one that is.</para>
/// <para>On a host, services are those of the environment file: systemd units, or processes that are only looked at. A name that the file
/// does not hold, with or without wildcards, may be any unit of the machine: Get-OpsService nginx*.</para>
/// <para>On Kubernetes services are the workloads of the namespace, and instances their pods.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsService</code>
/// <para>All services.</para>
/// </example>
/// <example>
/// <code>Get-OpsService | Where-Object State -ne Running</code>
/// <para>Those that need a look.</para>
/// </example>
/// <example>
/// <code>(Get-OpsService api).Instances</code>
/// <para>The containers of one service, with image digest, restarts, exit code and ports.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsService")]
[OutputType(typeof(ServiceRecord))]
public sealed class GetOpsServiceCommand : OpsServiceCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindServicesAsync(cancellationToken).ConfigureAwait(false)) Emit(service);
    }
}
