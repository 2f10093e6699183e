using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>
/// Takes one backup out of a store: its manifest first, so that what a kill leaves is no backup; then its object and marks. Once the
/// manifest is gone nothing but a kill stops it: what stays behind would be found by nobody who does not look for it.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="key">A key of the backup.</param>
/// <param name="time">The clock.</param>
internal sealed class StoredRemoval(IBackupStore store, string key, TimeProvider time)
{
    private byte[]? _manifest;

    /// <summary>Removes it though somebody reads it, and though it is pinned.</summary>
    public bool Force { get; init; }

    /// <summary>False where the store is known to lock nothing: then it is not asked of each object.</summary>
    public bool MayBeLocked { get; init; } = true;

    /// <summary>
    /// Removes the manifest, unless somebody reads the backup or has pinned it since it was to go, or the store has locked it.
    /// </summary>
    /// <exception cref="OpsException"><c>BackupInUse</c>, <c>BackupPinned</c>, <c>ObjectLocked</c>.</exception>
    public async Task RemoveManifestAsync(ChangeScope scope, CancellationToken cancellationToken)
    {
        await RefuseReadersAsync(cancellationToken).ConfigureAwait(false);
        if (!Force) await RefusePinnedAsync(store, key, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (MayBeLocked) await RefuseLockedAsync(store, key, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        string manifest = BackupKeys.Manifest(key);
        try { _manifest = await store.ReadAsync(manifest, BackupCatalog.MaxManifestBytes, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing") { return; /* gone already */ }
        cancellationToken.ThrowIfCancellationRequested();
        try { await store.DeleteAsync(scope, manifest, CancellationToken.None).ConfigureAwait(false); }
        catch (Exception e)
        {
            // The store may have done it, and its answer was lost.
            await PutBackAsync(e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Removes the object and the marks. Somebody who began to read meanwhile, or pinned it, gets the manifest back, and so does everybody
    /// when that cannot be asked.
    /// </summary>
    /// <exception cref="OpsException"><c>BackupInUse</c>, <c>BackupPinned</c>; what the store says, with what is left there.</exception>
    public async Task RemoveRestAsync(ChangeScope scope)
    {
        try
        {
            await RefuseReadersAsync(CancellationToken.None).ConfigureAwait(false);
            if (!Force && _manifest is not null)
                await RefusePinnedAsync(store, key, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await PutBackAsync(e).ConfigureAwait(false);
            throw;
        }
        try
        {
            // The object last: as long as it is there, what is left can be found and removed.
            foreach (string part in (string[])[BackupKeys.Verified(key), BackupKeys.Pin(key), BackupKeys.Losses(key),
                BackupKeys.Failed(key), key])
                if (!BackupKeys.IsManifest(part)) await store.DeleteAsync(scope, part, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OpsException e) { throw Left(e, "has no manifest any more, and was not removed to its end"); }
    }

    /// <summary>Refuses one that is pinned now.</summary>
    /// <exception cref="OpsException"><c>BackupPinned</c>.</exception>
    public static async Task RefusePinnedAsync(IBackupStore store, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await BackupMarks.ReadPinAsync(store, key, cancellationToken).ConfigureAwait(false) is not { } pin || pin.Until <= now) return;
        throw BackupErrors.BackupPinned.Make($"Backup {BackupKeys.IdOf(key)} in store {store.Name} is pinned {pin}.",
            "Take the pin away (Remove-OpsBackupPin) when it is no longer wanted, or use -Force.", BackupKeys.IdOf(key));
    }

    /// <summary>
    /// Refuses one whose object or manifest the store has locked: a delete would look as if it had worked, and only hide it.
    /// </summary>
    /// <exception cref="OpsException"><c>ObjectLocked</c>.</exception>
    public static async Task RefuseLockedAsync(IBackupStore store, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTimeOffset? last = null;
        foreach (string part in new[] { key, BackupKeys.Manifest(key) }.Distinct(StringComparer.Ordinal))
            if (await store.FindLockAsync(part, cancellationToken).ConfigureAwait(false) is { } until && !(until <= last)) last = until;
        if (last is { } end && end > now)
            throw BackupErrors.ObjectLocked.Make($"Locked until {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC by the store {store.Name}, which "
                + $"would only hide backup {BackupKeys.IdOf(key)}.", "Remove it after that.", BackupKeys.IdOf(key));
    }

    /// <summary>What a delete leaves in the store, in words; null where it leaves nothing.</summary>
    public static async Task<string?> WhatStaysAsync(IBackupStore store, CancellationToken cancellationToken) =>
        await store.ReadRulesAsync(cancellationToken).ConfigureAwait(false) switch
        {
            null or { KeepsVersions: false } => null,
            { KeepsVersions: true } => "the bucket keeps the versions, and nothing is freed before they go",
            _ => "whether the bucket keeps versions cannot be asked, and so it is not known what is freed",
        };

    private async Task RefuseReadersAsync(CancellationToken cancellationToken)
    {
        if (Force) return;
        if (await BackupLease.FindAsync(store, key, time, cancellationToken).ConfigureAwait(false) is { } reader)
            throw BackupErrors.BackupInUse.Make($"Backup {BackupKeys.IdOf(key)} in store {store.Name} is being read by {reader}.",
                $"Wait until that has ended; a reader that was killed stands in the way for {BackupLease.Term.TotalMinutes:0} minutes at most. -Force removes it all the same.",
                BackupKeys.IdOf(key));
    }

    private async Task PutBackAsync(Exception cause)
    {
        if (_manifest is null) return;
        string manifest = BackupKeys.Manifest(key);
        try
        {
            if (await store.FindAsync(manifest, CancellationToken.None).ConfigureAwait(false) is null)
                await store.WriteAsync(manifest, _manifest, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OpsException e) { throw Left(cause as OpsException ?? e, "may have lost its manifest, which could not be put back"); }
    }

    private OpsException Left(OpsException e, string how) => new(e.ErrorId, e.Category,
        $"{e.Message.TrimEnd('.')}. Backup {BackupKeys.IdOf(key)} in store {store.Name} {how}.",
        $"{e.RecommendedAction} Then Remove-OpsBackup -Incomplete removes what is left of it.".TrimStart(), BackupKeys.IdOf(key), e);
}
