using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Recovery;

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
public sealed class UndoOpsRestoreCommand : OpsEnvironmentCmdlet
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
    [ValidateRange(1, 86400)]
    public int SwitchTimeout { get; set; } = 60;

    private readonly List<RestoreRecord> _restores = [];

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (object given in Restore)
            await AttemptAsync(async () => _restores.AddRange(await new RestoreArgument(Context, Fail).ReadAsync(given, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_restores.Count == 0) return;
        foreach (RestoreRecord restore in RestoreBatch.OfUndo(Context.Environment, _restores, Fail))
            await AttemptAsync(() => UndoAsync(restore, cancellationToken)).ConfigureAwait(false);
    }

    private async Task UndoAsync(RestoreRecord restore, CancellationToken cancellationToken)
    {
        string target = restore.Kind == RestoreKind.Schema ? $"schema {restore.Schema} of database {restore.Name}" : $"database {restore.Name}";
        if (await ShouldProcessAsync(target, $"Put back {restore.ReplacedName}, which was replaced at {restore.RestoredAt:u}, and keep what is live now under a dated name")
            .ConfigureAwait(false))
            Emit(await new RestoreUndo(Context).RunAsync(restore, TimeSpan.FromSeconds(SwitchTimeout), cancellationToken).ConfigureAwait(false));
    }
}
