using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Takes one backup out of a store: its manifest first, so that what a kill leaves is no backup; then its object and marks.</summary>
/// <param name="store">The store.</param>
/// <param name="key">A key of the backup.</param>
/// <param name="time">The clock.</param>
internal sealed class StoredRemoval(IBackupStore store, string key, TimeProvider time)
{
    private byte[]? _manifest;

    /// <summary>Removes it though somebody reads it.</summary>
    public bool Force { get; init; }

    /// <summary>Removes the manifest, unless somebody reads the backup.</summary>
    /// <exception cref="OpsException"><c>BackupInUse</c>.</exception>
    public async Task RemoveManifestAsync(ChangeScope scope, CancellationToken cancellationToken)
    {
        await RefuseReadersAsync(cancellationToken).ConfigureAwait(false);
        string manifest = BackupKeys.Manifest(key);
        try { _manifest = await store.ReadAsync(manifest, BackupCatalog.MaxManifestBytes, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing") { return; /* gone already */ }
        await store.DeleteAsync(scope, manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the object and the marks. Somebody who began to read meanwhile gets the manifest back.</summary>
    /// <exception cref="OpsException"><c>BackupInUse</c>.</exception>
    public async Task RemoveRestAsync(ChangeScope scope, CancellationToken cancellationToken)
    {
        try { await RefuseReadersAsync(cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (BackupErrors.BackupInUse.Is(e) && _manifest is not null)
        {
            await store.WriteAsync(BackupKeys.Manifest(key), _manifest, cancellationToken).ConfigureAwait(false);
            throw;
        }
        // The object last: as long as it is there, what is left can be found and removed.
        foreach (string part in (string[])[BackupKeys.Verified(key), BackupKeys.Pin(key), BackupKeys.Losses(key), key])
            if (!BackupKeys.IsManifest(part)) await store.DeleteAsync(scope, part, cancellationToken).ConfigureAwait(false);
    }

    private async Task RefuseReadersAsync(CancellationToken cancellationToken)
    {
        if (Force) return;
        if (await BackupLease.FindAsync(store, key, time.GetUtcNow(), cancellationToken).ConfigureAwait(false) is { } reader)
            throw BackupErrors.BackupInUse.Make($"Backup {BackupKeys.IdOf(key)} in store {store.Name} is being read by {reader}.",
                $"Wait until that has ended; a reader that was killed stands in the way for {BackupLease.Term.TotalMinutes:0} minutes at most. -Force removes it all the same.",
                BackupKeys.IdOf(key));
    }
}
