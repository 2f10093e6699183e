using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Services;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Shows the revisions of services: which versions ran, who brought them out, when and why.</para>
/// </summary>
/// <remarks>
/// <para>The newest comes first. What this module has not brought out is there as well, by others. IsKept says that a revision can be
/// gone back to: its image
/// is here still, or in a registry.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsServiceUpdate api</code>
/// <para>The revisions of a service.</para>
/// </example>
/// <example>
/// <code>Get-OpsServiceUpdate | Where-Object { $_.IsCurrent -and $_.By -eq 'others' }</code>
/// <para>Which services somebody has brought out past this module.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsServiceUpdate")]
[OutputType(typeof(ServiceRevision))]
public sealed class GetOpsServiceUpdateCommand : OpsServiceCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(async () =>
            {
                foreach (ServiceRevision revision in await new RevisionLister(Context).ListAsync(service.Name,
                    cancellationToken).ConfigureAwait(false)) Emit(revision);
            }).ConfigureAwait(false);
    }
}
