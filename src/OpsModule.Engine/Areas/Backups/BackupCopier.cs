using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Copies backups between stores. The copy is committed only when its bytes have the manifest's SHA-256.</summary>
public sealed class BackupCopier(OpsContext context)
{
    /// <summary>Whether the store has it already.</summary>
    public async Task<bool> IsThereAsync(BackupRecord backup, string toStore, CancellationToken cancellationToken) =>
        await context.OpenStore(toStore).FindAsync(BackupKeys.Manifest(backup.Key), cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Refuses a copy that cannot be made, before anybody is asked.</summary>
    /// <exception cref="OpsException"><c>BackupExists</c>, <c>ObjectMissing</c>.</exception>
    public async Task CheckAsync(BackupRecord backup, string toStore, CancellationToken cancellationToken)
    {
        if (await IsThereAsync(backup, toStore, cancellationToken).ConfigureAwait(false))
            throw new OpsException("BackupExists", OpsErrorCategory.ResourceExists, $"Store {toStore} already has backup {backup.Id}.",
                "Nothing needs to be done; Test-OpsBackup tells whether the copy is good.", backup);
        if (!await new BackupCatalog(context).IsWholeAsync(backup, cancellationToken).ConfigureAwait(false))
            throw new OpsException("ObjectMissing", OpsErrorCategory.ObjectNotFound, $"Store {backup.Store} no longer has the whole object of backup {backup.Id}.",
                "Copy it from another store, or look at it with Test-OpsBackup.", backup);
    }

    /// <summary>Copies one backup; returns the record of the copy.</summary>
    /// <exception cref="OpsException"><c>BackupExists</c>, <c>BackupAltered</c>, and what the stores report.</exception>
    public async Task<BackupRecord> CopyAsync(BackupRecord backup, string toStore, CancellationToken cancellationToken)
    {
        IBackupStore to = context.OpenStore(toStore);
        string target = BackupKeys.Target(backup.Id, toStore);
        using IDisposable hold = context.Locks.Acquire(target, "Copy-OpsBackup");
        await CheckAsync(backup, toStore, cancellationToken).ConfigureAwait(false);
        await using IJournaledChange change = await context.Journal.BeginAsync("Copy-OpsBackup", target,
            new Dictionary<string, string> { ["backup"] = backup.Id, ["from"] = backup.Store, ["to"] = toStore }).ConfigureAwait(false);
        try
        {
            await InterruptedBackups.RemoveAsync(to, backup.Key, cancellationToken).ConfigureAwait(false);
            await CopyObjectAsync(backup, to, cancellationToken).ConfigureAwait(false);
            await change.StepAsync("stored").ConfigureAwait(false);
            await new BackupCatalog(context).WriteManifestAsync(backup, toStore, cancellationToken).ConfigureAwait(false);
            await change.CompleteAsync($"{backup.StoredBytes:N0} bytes copied from {backup.Store} to {toStore}").ConfigureAwait(false);
            return backup with { Store = toStore, Location = to.LocationOf(backup.Key), VerifiedAt = null };
        }
        catch (Exception e)
        {
            await change.FailAsync(e, "CopyFailed", $"The copy of backup {backup.Id} to store {toStore} was stopped; the store has no such backup now.").ConfigureAwait(false);
            throw;
        }
    }

    private async Task CopyObjectAsync(BackupRecord backup, IBackupStore to, CancellationToken cancellationToken)
    {
        var progress = new BackupProgress(context, 3, $"Copy {backup.Id} to {to.Name}", backup.StoredBytes);
        Stream stored = await context.OpenStore(backup.Store).OpenAsync(backup.Key, 0, cancellationToken).ConfigureAwait(false);
        await using var source = new HashCheckStream(stored, backup, progress.Report);
        await using StoreUpload upload = await to.CreateAsync(backup.Key, cancellationToken).ConfigureAwait(false);
        await source.CopyToAsync(upload.Stream, 256 * 1024, cancellationToken).ConfigureAwait(false);
        await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
        progress.Close();
    }
}
