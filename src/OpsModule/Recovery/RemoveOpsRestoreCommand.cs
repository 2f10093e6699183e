using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Drops for good what a restore keeps: the schema or database it replaced, or what an interrupted one has staged.</para>
/// </summary>
/// <example>
/// <code>Get-OpsRestore -Before 7d | Remove-OpsRestore -WhatIf</code>
/// <para>Shows what would go of restores older than a week.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "OpsRestore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RestoreRecord), typeof(ChangePlan))]
public sealed class RemoveOpsRestoreCommand : OpsEnvironmentCmdlet, ICredentialCmdlet, IPlanFileCmdlet
{
    /// <summary>The restore: a record from Get-OpsRestore or Restore-OpsDatabase, an id, or the name of the schema or database that is kept, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RestoreCompleter))]
    public object[] Restore { get; set; } = null!;

    /// <summary>Emits what was dropped; without it nothing is emitted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (object given in Restore)
            await AttemptAllAsync(() => new RestoreArgument(Context, Fail).ReadAsync(given, cancellationToken), restore => RemoveAsync(restore, cancellationToken)).ConfigureAwait(false);
    }

    private async Task RemoveAsync(RestoreRecord restore, CancellationToken cancellationToken)
    {
        ChangePlan plan = await new RestoreRemoval(Context).PlanAsync(restore, cancellationToken).ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
        if (PassThru) Emit(restore with { State = RestoreState.Removed });
    }
}
