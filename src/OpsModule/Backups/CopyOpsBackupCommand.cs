using System.Management.Automation;
using OpsModule.Engine.Backups;

namespace OpsModule.Backups;

/// <summary>
/// <para>Copies backups to another store; the copy counts only when its bytes have the manifest's SHA-256.</para>
/// </summary>
/// <example>
/// <code>Get-OpsBackup -Latest -Store local | Copy-OpsBackup -Store offsite</code>
/// <para>Brings the newest local backups off site.</para>
/// </example>
[Cmdlet(VerbsCommon.Copy, "OpsBackup", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRecord))]
public sealed class CopyOpsBackupCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object Backup { get; set; } = null!;

    /// <summary>Names of the stores to copy to.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[] Store { get; set; } = [];

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        var catalog = new BackupCatalog(Context);
        BackupRecord backup = await catalog.ResolveAsync(PipedReference.ToBackup(Backup), null, cancellationToken).ConfigureAwait(false);
        foreach (string store in catalog.CheckStores(Store)) await AttemptAsync(() => CopyAsync(backup, store, cancellationToken)).ConfigureAwait(false);
    });

    private async Task CopyAsync(BackupRecord backup, string store, CancellationToken cancellationToken)
    {
        var copier = new BackupCopier(Context);
        await copier.CheckAsync(backup, store, cancellationToken).ConfigureAwait(false);
        if (await ShouldProcessAsync($"backup {backup.Id} in {backup.Store}", $"Copy {Display.Size(backup.StoredBytes)} to {store}").ConfigureAwait(false))
            Emit(await copier.CopyAsync(backup, store, cancellationToken).ConfigureAwait(false));
    }
}
