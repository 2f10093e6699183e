using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Brings an earlier revision of a service out again: its image, its settings and its env files.</para>
/// </summary>
/// <remarks>
/// <para>It goes the way of Update-OpsService, hours or days later as well: new instances beside the old ones, the proxy, the watch, and
/// back when it fails. Env
/// files are written as they were; what they hold now is kept first, sealed. Where the compose file says something else by now, the
/// instances are made of
/// what was kept of it. Of a revision that others brought out only the instances are known: their variables come back, and the files
/// stay.</para>
/// <para>What a migration has changed in a database stays changed.</para>
/// </remarks>
/// <example>
/// <code>Undo-OpsServiceUpdate api</code>
/// <para>Goes back to the revision before the one that runs.</para>
/// </example>
/// <example>
/// <code>Undo-OpsServiceUpdate api -ToRevision 4 -Reason 'ticket 812'</code>
/// <para>Goes back to a certain one; Get-OpsServiceUpdate shows them.</para>
/// </example>
[Cmdlet(VerbsCommon.Undo, "OpsServiceUpdate", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RolloutResult), typeof(ChangePlan))]
public sealed class UndoOpsServiceUpdateCommand : OpsRolloutCmdlet, IPlanFileCmdlet
{
    /// <summary>The revision to go back to; the one before that which runs, unless told.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Revision")]
    [ValidateRange(1, int.MaxValue)]
    public int? ToRevision { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan, which is carried out whole or
    /// not at all.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(async () =>
            {
                int number = ToRevision ?? await new RevisionLister(Context).FindPreviousAsync(service.Name,
                    cancellationToken).ConfigureAwait(false);
                await BringOutAsync(service, Asked with { ToRevision = number }, "Undo-OpsServiceUpdate",
                    cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }
}
