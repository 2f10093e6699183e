using System.IO.Compression;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// Reads a gzip stream of one or more members, and at its end the source to its last byte: GZipStream stops at the first byte that is
/// no member, and what follows would never be counted or hashed.
/// </summary>
public sealed class GzipDecompressor(Stream source) : ReadStage
{
    private readonly GZipStream _gzip = new(source, CompressionMode.Decompress);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            // That the stored object was altered, which its end tells, matters more than what that looks like here.
            await source.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            throw new OpsException("CompressionFailed", OpsErrorCategory.InvalidData, $"The compressed data cannot be read: {e.Message}",
                "The stored object is damaged; test the backup and take another one.", null, e);
        }
        if (read == 0 && buffer.Length > 0) await source.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _gzip.Dispose();
        base.Dispose(disposing);
    }
}
