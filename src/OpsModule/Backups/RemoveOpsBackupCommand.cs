using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Backups;

namespace OpsModule.Backups;

/// <summary>
/// <para>Removes backups for good, or what interrupted runs left in the stores.</para>
/// </summary>
/// <remarks>
/// <para>The last verified backup of a database or tenant is refused unless -Force is given. -Incomplete removes objects without a
/// manifest and leftovers of uploads, except those of a backup that is running. What is younger than a day and was not begun on this
/// host stays, because another host may still be writing it; -Force removes that, too.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup -Before (Get-Date).AddDays(-30) | Remove-OpsBackup -WhatIf</code>
/// <para>Shows which backups older than 30 days would go.</para>
/// </example>
/// <example>
/// <code>Remove-OpsBackup -Incomplete -Confirm:$false</code>
/// <para>Clears away what killed backups left behind.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "OpsBackup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = "Backup")]
[OutputType(typeof(BackupRecord), typeof(StrayObject))]
public sealed class RemoveOpsBackupCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup (which says in which store) or an id (then -Store says where, or it goes from every store).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Backup")]
    [ValidateNotNull]
    public object Backup { get; set; } = null!;

    /// <summary>Removes the last verified backup, too; with -Incomplete, what is younger than a day, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Removes what interrupted backups left, not backups.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Incomplete")]
    public SwitchParameter Incomplete { get; set; }

    /// <summary>Only these stores.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Store { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(Context);
        foreach (string store in catalog.CheckStores(Store))
        {
            if (IsOn(Incomplete)) await AttemptAsync(() => RemoveStraysAsync(store, cancellationToken)).ConfigureAwait(false);
            else if (Unwrap(Backup) is not BackupRecord record) await AttemptAsync(() => RemoveByIdAsync(catalog, store, cancellationToken)).ConfigureAwait(false);
            else if (record.Store == store) await AttemptAsync(() => RemoveAsync(record, cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task RemoveByIdAsync(BackupCatalog catalog, string store, CancellationToken cancellationToken)
    {
        string id = Unwrap(Backup)!.ToString()!;
        bool found = false;
        await foreach (BackupRecord backup in catalog.ListAsync(new BackupQuery { Id = id, Stores = [store] }, cancellationToken).ConfigureAwait(false))
        {
            found = true;
            await RemoveAsync(backup, cancellationToken).ConfigureAwait(false);
        }
        if (!found)
            throw new OpsException("BackupNotFound", OpsErrorCategory.ObjectNotFound, $"Store {store} has no backup {id}.", "List what there is with Get-OpsBackup.", id);
    }

    private async Task RemoveAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var remover = new BackupRemover(Context);
        if (!IsOn(Force)) await remover.CheckAsync(backup, cancellationToken).ConfigureAwait(false);
        string what = $"backup {backup.Id} of {backup.Name}" + (backup.Tenant is null ? "" : $", tenant {backup.Tenant}") + $" in store {backup.Store}";
        if (!await ShouldProcessAsync(what, $"Remove {backup.StoredBytes / 1048576.0:N1} MiB for good").ConfigureAwait(false)) return;
        await remover.RemoveAsync(backup, cancellationToken).ConfigureAwait(false);
        Emit(backup);
    }

    private async Task RemoveStraysAsync(string store, CancellationToken cancellationToken)
    {
        var inspector = new StoreInspector(Context);
        await foreach (StrayObject stray in inspector.FindStraysAsync(new BackupQuery { Stores = [store] }, cancellationToken).ConfigureAwait(false))
        {
            if (stray.Finding == BackupFinding.ManifestAltered) continue;
            await AttemptAsync(async () =>
            {
                using IDisposable hold = inspector.Hold(stray, IsOn(Force));
                if (!await ShouldProcessAsync(stray.Location, $"Remove what an interrupted backup left ({stray.Finding})").ConfigureAwait(false)) return;
                await inspector.RemoveAsync(stray, cancellationToken).ConfigureAwait(false);
                Emit(stray);
            }).ConfigureAwait(false);
        }
    }
}
