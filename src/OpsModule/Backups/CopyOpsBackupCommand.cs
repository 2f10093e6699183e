using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Backups;

/// <summary>
/// <para>Copies backups to another store; the copy counts only when its bytes have the manifest's SHA-256.</para>
/// </summary>
/// <remarks>
/// <para>What a store has already is left as it is, with a verbose line, and nothing is emitted for it: a second run brings only what is new.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Latest -Store local | Copy-OpsBackup -Store offsite</code>
/// <para>Brings the newest local backups off site.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup | Copy-OpsBackup -Store offsite -Verbose</code>
/// <para>Brings everything off site that is not there yet.</para>
/// </example>
[Cmdlet(VerbsCommon.Copy, "OpsBackup", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRecord))]
public sealed class CopyOpsBackupCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>Names of the stores to copy to, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[] Store { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store, Fail);
        foreach (object given in Backup)
            await AttemptAllAsync(() => new BackupArgument(Context, Fail).ReadAsync(given, null, cancellationToken), async backup =>
            {
                foreach (string store in stores) await AttemptAsync(() => CopyAsync(backup, store, cancellationToken)).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private async Task CopyAsync(BackupRecord backup, string store, CancellationToken cancellationToken)
    {
        var copier = new BackupCopier(Context);
        if (await copier.IsThereAsync(backup, store, cancellationToken).ConfigureAwait(false))
        {
            Verbose($"Store {store} already has backup {backup.Id}; it is left as it is.");
            return;
        }
        await copier.CheckAsync(backup, store, cancellationToken).ConfigureAwait(false);
        if (await ShouldProcessAsync($"backup {backup.Id} in {backup.Store}", $"Copy {Display.Size(backup.StoredBytes)} to {store}").ConfigureAwait(false))
            Emit(await copier.CopyAsync(backup, store, cancellationToken).ConfigureAwait(false));
    }
}
