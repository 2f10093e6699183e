using System.Management.Automation;
using OpsModule.Changes;
using OpsModule.Engine.Areas.Caches.Forgetting;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Caches;

/// <summary>
/// <para>Removes for good what a restore of a cache has replaced and kept, which gives its memory back.</para>
/// </summary>
/// <remarks>
/// <para>Only databases that bear the mark of that restore are emptied. Afterwards the restore cannot be taken back.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsChange -Action Restore-OpsCache -Last 1 | Remove-OpsCacheRestore</code>
/// <para>Removes what the last restore has kept, after asking.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "OpsCacheRestore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ChangePlan))]
public sealed class RemoveOpsCacheRestoreCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The restore's id, as Restore-OpsCache and Get-OpsChange give it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ChangeCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (string id in Id)
            await AttemptAsync(async () =>
            {
                JournalEntry entry = Context.Journal.Find(id) ?? throw CacheRestoreUnknown(id);
                ChangePlan plan = await ForgetPlanner.PlanAsync(Context, entry, cancellationToken).ConfigureAwait(false);
                if (await AskAsync(plan).ConfigureAwait(false))
                    await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private static OpsException CacheRestoreUnknown(string id) => Engine.Areas.Caches.CacheErrors.CacheReplacedGone.Make(
        $"The journal knows no change {id}.", "Get-OpsChange -Action Restore-OpsCache lists restores.", id);
}
