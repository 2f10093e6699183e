using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Puts back the schema or database that a restore replaced.</para>
/// </summary>
/// <remarks>
/// <para>The switch is the same as a restore's: one transaction, no reader sees an error or a mixture. What was restored is kept under a dated
/// name in its turn, so that an undo can be undone. Rows written since the restore stay in what is put aside.</para>
/// <para>Nothing is put back before everything piped in is known. Several restores of the same database or tenant, or of a database and of a
/// tenant of it, are an error, and none of them is undone: one would be put back over the other.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsRestore -Tenant demo | Select-Object -First 1 | Undo-OpsRestore</code>
/// <para>Undoes the last restore of a tenant.</para>
/// </example>
[Cmdlet(VerbsCommon.Undo, "OpsRestore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RestoreRecord), typeof(ChangePlan))]
public sealed class UndoOpsRestoreCommand : OpsEnvironmentCmdlet, ICredentialCmdlet, IPlanFileCmdlet
{
    /// <summary>The restore: a record from Get-OpsRestore or Restore-OpsDatabase, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RestoreCompleter))]
    public object[] Restore { get; set; } = null!;

    /// <summary>Seconds to wait and retry for a moment at which the switch disturbs nobody.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1d")]
    public TimeSpan SwitchTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    private readonly List<(OpsContext Context, RestoreRecord Restore)> _restores = [];

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
            await AttemptAsync(async () => _restores.AddRange((await new RestoreArgument(Context, Fail).ReadAsync(given, cancellationToken).ConfigureAwait(false)).Select(r => (Context, r)))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        foreach (IGrouping<OpsContext, RestoreRecord> environment in _restores.GroupBy(r => r.Context, r => r.Restore))
        {
            GoOnIn(environment.Key);
            foreach (RestoreRecord restore in RestoreBatch.OfUndo(Context.Environment, [.. environment], Fail))
                await AttemptAsync(() => UndoAsync(restore, cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task UndoAsync(RestoreRecord restore, CancellationToken cancellationToken)
    {
        ChangePlan plan = await new RestoreUndo(Context).PlanAsync(restore, SwitchTimeout, cancellationToken).ConfigureAwait(false);
        if (await AskAsync(plan).ConfigureAwait(false)
            && (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } undone) Emit(undone);
    }
}
