using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Services;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Shows in what two revisions of a service differ: image, variables, ports, mounts, settings.</para>
/// </summary>
/// <remarks>
/// <para>Of a variable's value only a fingerprint is shown, which is the same for the same value and tells nothing of it without the
/// state folder's key. Without
/// numbers it is what runs against what the compose file and its env files say now: what Update-OpsService would change.</para>
/// </remarks>
/// <example>
/// <code>Compare-OpsServiceRevision api</code>
/// <para>What runs against what the files say now.</para>
/// </example>
/// <example>
/// <code>Compare-OpsServiceRevision api -Revision 4 -To 6</code>
/// <para>Two revisions.</para>
/// </example>
[Cmdlet(VerbsData.Compare, "OpsServiceRevision")]
[OutputType(typeof(RevisionDifference))]
public sealed class CompareOpsServiceRevisionCommand : OpsServiceCmdlet
{
    /// <summary>The one revision; what runs, unless told.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, int.MaxValue)]
    public int? Revision { get; set; }

    /// <summary>The other one; what the files say now, unless told.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? To { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(async () =>
            {
                foreach (RevisionDifference found in await new RevisionLister(Context).CompareAsync(service.Name, Revision, To,
                    cancellationToken).ConfigureAwait(false)) Emit(found);
            }).ConfigureAwait(false);
    }
}
