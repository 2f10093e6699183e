using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// Opens a stored backup as what was backed up, for example the archive that pg_dump wrote: decrypted, decompressed, hashed on the way.
/// </summary>
public static class BackupReader
{
    /// <summary>
    /// The archive's bytes, forward only. Reading past the last byte checks the SHA-256 of the stored object and throws
    /// <c>BackupAltered</c> when it is not the manifest's; so read to the end before trusting what was read.
    /// </summary>
    /// <param name="context">The environment and its stores.</param>
    /// <param name="backup">The backup, in the store it was listed from.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <param name="onProgress">Called with the number of stored bytes read so far.</param>
    /// <exception cref="OpsException"><c>BackupNotSigned</c>, <c>BackupNotEncrypted</c>, <c>ObjectMissing</c>, <c>IdentityMissing</c>, <c>ZstdMissing</c>; while it is read also <c>IdentityWrong</c>.</exception>
    public static async Task<Stream> OpenAsync(OpsContext context, BackupRecord backup, CancellationToken cancellationToken, Action<long>? onProgress = null)
    {
        BackupTrust.Check(context, backup);
        Stream bytes = await OpenStoredAsync(context, backup, cancellationToken, onProgress).ConfigureAwait(false);
        if (backup.Encrypted) bytes = new ProgramSource(Age.Decrypt(context.Environment, backup), bytes, e => Age.Explain(e, context.Environment, backup));
        return backup.Compression switch
        {
            Compression.Zstd when !Zstd.IsAvailable => throw new OpsException("ZstdMissing", OpsErrorCategory.ResourceUnavailable,
                $"Backup {backup.Id} is compressed with zstd, and the library libzstd is not installed here.", "Install it (Debian: libzstd1).", backup),
            Compression.Zstd => new ZstdDecompressor(bytes),
            Compression.Gzip => new GzipDecompressor(bytes),
            _ => bytes,
        };
    }

    /// <summary>The stored object's bytes as they are, hashed on the way; leased while they are read, so that no other machine removes them.</summary>
    /// <param name="context">The environment and its stores.</param>
    /// <param name="backup">The backup, in the store it was listed from.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <param name="onProgress">Called with the number of stored bytes read so far.</param>
    /// <exception cref="OpsException"><c>ObjectMissing</c>; while it is read also <c>BackupAltered</c> and <c>BackupTruncated</c>.</exception>
    public static async Task<Stream> OpenStoredAsync(OpsContext context, BackupRecord backup, CancellationToken cancellationToken, Action<long>? onProgress = null)
    {
        IBackupStore store = context.OpenStore(backup.Store);
        Stream stored = await store.OpenAsync(backup.Key, 0, cancellationToken).ConfigureAwait(false);
        BackupLease? lease = await BackupLease.TakeAsync(context, backup, cancellationToken).ConfigureAwait(false);
        if (lease is not null)
        {
            stored = new LeasedStream(stored, lease);
            // Whoever removes it takes the manifest away before looking for readers: one of both sees the other.
            if (await store.FindAsync(BackupKeys.Manifest(backup.Key), cancellationToken).ConfigureAwait(false) is null)
            {
                await stored.DisposeAsync().ConfigureAwait(false);
                throw new OpsException("ObjectMissing", OpsErrorCategory.ObjectNotFound, $"Backup {backup.Id} was removed from store {backup.Store} just now.",
                    "Use another backup, or the same one from another store.", backup);
            }
        }
        return new HashCheckStream(stored, backup, onProgress);
    }
}
