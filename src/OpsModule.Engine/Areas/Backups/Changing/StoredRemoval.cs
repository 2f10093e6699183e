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

    /// <summary>Removes it though somebody reads it, and though it is pinned.</summary>
    public bool Force { get; init; }

    /// <summary>Removes the manifest, unless somebody reads the backup or has pinned it since it was to go.</summary>
    /// <exception cref="OpsException"><c>BackupInUse</c>, <c>BackupPinned</c>.</exception>
    public async Task RemoveManifestAsync(ChangeScope scope, CancellationToken cancellationToken)
    {
        await RefuseReadersAsync(cancellationToken).ConfigureAwait(false);
        if (!Force) await RefusePinnedAsync(store, key, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        string manifest = BackupKeys.Manifest(key);
        try { _manifest = await store.ReadAsync(manifest, BackupCatalog.MaxManifestBytes, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing") { return; /* gone already */ }
        await store.DeleteAsync(scope, manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the object and the marks. Somebody who began to read meanwhile, or pinned it, gets the manifest back.</summary>
    /// <exception cref="OpsException"><c>BackupInUse</c>, <c>BackupPinned</c>.</exception>
    public async Task RemoveRestAsync(ChangeScope scope, CancellationToken cancellationToken)
    {
        try
        {
            await RefuseReadersAsync(cancellationToken).ConfigureAwait(false);
            if (!Force && _manifest is not null)
                await RefusePinnedAsync(store, key, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (_manifest is not null && (BackupErrors.BackupInUse.Is(e) || BackupErrors.BackupPinned.Is(e)))
        {
            await store.WriteAsync(BackupKeys.Manifest(key), _manifest, cancellationToken).ConfigureAwait(false);
            throw;
        }
        // The object last: as long as it is there, what is left can be found and removed.
        foreach (string part in (string[])[BackupKeys.Verified(key), BackupKeys.Pin(key), BackupKeys.Losses(key), BackupKeys.Failed(key),
            key])
            if (!BackupKeys.IsManifest(part)) await store.DeleteAsync(scope, part, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses one that is pinned now.</summary>
    /// <exception cref="OpsException"><c>BackupPinned</c>.</exception>
    public static async Task RefusePinnedAsync(IBackupStore store, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await BackupMarks.ReadPinAsync(store, key, cancellationToken).ConfigureAwait(false) is not { } pin || pin.Until <= now) return;
        throw BackupErrors.BackupPinned.Make($"Backup {BackupKeys.IdOf(key)} in store {store.Name} is pinned {pin}.",
            "Take the pin away (Remove-OpsBackupPin) when it is no longer wanted, or use -Force.", BackupKeys.IdOf(key));
    }

    private async Task RefuseReadersAsync(CancellationToken cancellationToken)
    {
        if (Force) return;
        if (await BackupLease.FindAsync(store, key, time, cancellationToken).ConfigureAwait(false) is { } reader)
            throw BackupErrors.BackupInUse.Make($"Backup {BackupKeys.IdOf(key)} in store {store.Name} is being read by {reader}.",
                $"Wait until that has ended; a reader that was killed stands in the way for {BackupLease.Term.TotalMinutes:0} minutes at most. -Force removes it all the same.",
                BackupKeys.IdOf(key));
    }
}
