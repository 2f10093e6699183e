namespace OpsModule.Engine.Backups;

/// <summary>Opens a stored backup as the archive pg_dump wrote: decrypted, decompressed, hashed on the way.</summary>
public static class BackupReader
{
    /// <summary>
    /// The archive's bytes, forward only. Reading past the last byte checks the SHA-256 of the stored object and throws
    /// <c>BackupAltered</c> when it is not the manifest's; so read to the end before trusting what was read.
    /// </summary>
    public static Task<Stream> OpenAsync(OpsContext context, BackupRecord backup, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{context}{backup}{cancellationToken}");
}
