using System.Security.Cryptography;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Stages;

/// <summary>Passes a stored object on and, at its end, compares its length and SHA-256 with the manifest's.</summary>
internal sealed class HashCheckStream(Stream source, BackupRecord backup, Action<long>? onProgress = null) : ReadStage
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _bytes;
    private bool _checked;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0)
        {
            _hash.AppendData(buffer.Span[..read]);
            _bytes += read;
            onProgress?.Invoke(_bytes);
        }
        else if (buffer.Length > 0 && !_checked)
        {
            Check();
        }
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            source.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Check()
    {
        _checked = true;
        if (_bytes != backup.StoredBytes)
            throw new OpsException(_bytes == 0 ? "BackupEmpty" : "BackupTruncated", OpsErrorCategory.InvalidData,
                $"Backup {backup.Id} in store {backup.Store} has {_bytes:N0} bytes; its manifest says {backup.StoredBytes:N0}.",
                "Use the same backup from another store, or another backup, and find out what changed the store.", backup);
        string sha = Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
        if (sha != backup.Sha256)
            throw new OpsException("BackupAltered", OpsErrorCategory.InvalidData,
                $"Backup {backup.Id} in store {backup.Store} has the SHA-256 {sha}; its manifest says {backup.Sha256}.",
                "Use the same backup from another store, or another backup, and find out what changed the store.", backup);
    }
}
