using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Opens a stored backup as the archive pg_dump wrote: decrypted, decompressed, hashed on the way.</summary>
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
    /// <exception cref="OpsException"><c>ObjectMissing</c>, <c>IdentityMissing</c>, <c>ZstdMissing</c>; while it is read also <c>IdentityWrong</c>.</exception>
    public static async Task<Stream> OpenAsync(OpsContext context, BackupRecord backup, CancellationToken cancellationToken, Action<long>? onProgress = null)
    {
        Stream stored = await context.OpenStore(backup.Store).OpenAsync(backup.Key, 0, cancellationToken).ConfigureAwait(false);
        Stream bytes = new HashCheckStream(stored, backup, onProgress);
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
}
