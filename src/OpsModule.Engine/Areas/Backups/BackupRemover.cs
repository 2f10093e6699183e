using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Removes backups, and keeps the last verified one of a database or tenant unless forced.</summary>
public sealed class BackupRemover(OpsContext context)
{
    private readonly HashSet<string> _going = [];

    /// <summary>Refuses when it is gone already.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c>.</exception>
    public async Task CheckThereAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        string target = BackupKeys.Target(backup.Id, backup.Store);
        if (_going.Contains(target) || await context.OpenStore(backup.Store).FindAsync(BackupKeys.Manifest(backup.Key), cancellationToken).ConfigureAwait(false) is null)
            throw new OpsException("BackupNotFound", OpsErrorCategory.ObjectNotFound, $"Store {backup.Store} no longer has backup {backup.Id}.",
                "Nothing needs to be done.", backup);
    }

    /// <summary>Counts a backup as gone for the checks that follow, so that a plan adds up to what a run would do.</summary>
    public void Plan(BackupRecord backup) => _going.Add(BackupKeys.Target(backup.Id, backup.Store));

    /// <summary>
    /// Refuses when this is the last one worth having; another one counts only while its object is there, and while it is not to be
    /// removed itself.
    /// </summary>
    /// <exception cref="OpsException"><c>LastVerifiedBackup</c>, <c>LastBackup</c>.</exception>
    public async Task CheckAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var query = new BackupQuery { Name = backup.Name, Tenants = backup.Tenant is null ? [] : [backup.Tenant] };
        bool other = false;
        var catalog = new BackupCatalog(context);
        await foreach (BackupRecord found in catalog.ListAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if ((found.Id == backup.Id && found.Store == backup.Store) || _going.Contains(BackupKeys.Target(found.Id, found.Store))) continue;
            if (!await catalog.IsWholeAsync(found, cancellationToken).ConfigureAwait(false)) continue;
            other = true;
            if (found.VerifiedAt is not null || backup.VerifiedAt is null) return;
        }
        string of = $"of database {backup.Name}" + (backup.Tenant is null ? "" : $", tenant {backup.Tenant}");
        throw other
            ? new OpsException("LastVerifiedBackup", OpsErrorCategory.InvalidOperation, $"{backup.Id} in store {backup.Store} is the last verified backup {of}.",
                "Verify another one first (Test-OpsBackup or Invoke-OpsRecoveryDrill), or use -Force.", backup)
            : new OpsException("LastBackup", OpsErrorCategory.InvalidOperation, $"{backup.Id} in store {backup.Store} is the last backup {of}.",
                "Take another one first, or use -Force.", backup);
    }

    /// <summary>Removes a backup: its manifest first, so that what is left of an interrupted removal is no backup.</summary>
    public async Task RemoveAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(backup.Store);
        string target = BackupKeys.Target(backup.Id, backup.Store);
        using IDisposable hold = context.Locks.Acquire(target, "Remove-OpsBackup");
        await using IJournaledChange change = await context.Journal.BeginAsync("Remove-OpsBackup", target,
            new Dictionary<string, string> { ["backup"] = backup.Id, ["key"] = backup.Key, ["store"] = backup.Store }).ConfigureAwait(false);
        try
        {
            await store.DeleteAsync(BackupKeys.Manifest(backup.Key), cancellationToken).ConfigureAwait(false);
            await change.StepAsync("manifest-removed").ConfigureAwait(false);
            await store.DeleteAsync(BackupKeys.Verified(backup.Key), cancellationToken).ConfigureAwait(false);
            await store.DeleteAsync(backup.Key, cancellationToken).ConfigureAwait(false);
            await change.CompleteAsync($"removed from {backup.Store}").ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await change.FailAsync(e, "RemoveFailed", $"The removal of backup {backup.Id} from store {backup.Store} was stopped; Test-OpsBackup shows whether anything of it is left.").ConfigureAwait(false);
            throw;
        }
    }
}
