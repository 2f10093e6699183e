using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;

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
[OutputType(typeof(RestoreRecord))]
public sealed class UndoOpsRestoreCommand : OpsEnvironmentCmdlet, ICredentialCmdlet
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
        string target = restore.Kind == RestoreKind.Schema ? $"schema {restore.Schema} of database {restore.Name}" : $"database {restore.Name}";
        if (await ShouldProcessAsync(target, $"Put back {restore.ReplacedName}, which was replaced at {restore.RestoredAt:u}, and keep what is live now under a dated name")
            .ConfigureAwait(false))
            Emit(await new RestoreUndo(Context).RunAsync(restore, SwitchTimeout, cancellationToken).ConfigureAwait(false));
    }
}
