using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Says what speaks against an update of a service, or changes how it goes; nothing is changed.</para>
/// </summary>
/// <remarks>
/// <para>It looks at what keeps two instances from being there at once (fixed ports, names, addresses, volumes with one writer, shared
/// networks), at the image
/// (whether it is to be had, and for this kind of machine), at the room on the disk, at the health check, at the proxy and its
/// configuration, and at whether another
/// machine is at it. Refused means that Update-OpsService would not do it, StopFirst that each old instance stops before its new one
/// starts, Told that
/// somebody should know.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsServiceUpdate api -Tag 2.1 | Assert-OpsResult</code>
/// <para>Fails when the update would be refused.</para>
/// </example>
/// <example>
/// <code>Get-OpsService | Test-OpsServiceUpdate | Where-Object Effect -eq StopFirst</code>
/// <para>Shows which services cannot be brought out beside themselves, and why.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsServiceUpdate", DefaultParameterSetName = "Files")]
[OutputType(typeof(RolloutFinding))]
public sealed class TestOpsServiceUpdateCommand : OpsImageRolloutCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        RolloutOptions options = Asked;
        foreach (ServiceRecord service in await FindServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(async () =>
            {
                foreach (RolloutFinding finding in await new RolloutPlanner(Context).CheckAsync(service.Name, options,
                    cancellationToken).ConfigureAwait(false)) Emit(finding);
            }).ConfigureAwait(false);
    }
}
