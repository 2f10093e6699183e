using System.IO.Compression;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// Compresses with gzip on all cores: each block becomes a member of its own (RFC 1952 allows members in a row), so any gzip reads it.
/// </summary>
public sealed class GzipCompressor(Stage next) : Stage
{
    private const int BlockSize = 1024 * 1024;

    private readonly Queue<Task<MemoryStream>> _pending = new();
    private readonly int _width = Math.Clamp(Environment.ProcessorCount, 1, 16) + 1;
    private byte[] _block = new byte[BlockSize];
    private int _filled;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            int take = Math.Min(buffer.Length, BlockSize - _filled);
            buffer[..take].CopyTo(_block.AsMemory(_filled));
            buffer = buffer[take..];
            if ((_filled += take) == BlockSize) await CloseBlockAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await CloseBlockAsync(cancellationToken).ConfigureAwait(false);
        while (_pending.Count > 0) await PassOnAsync(cancellationToken).ConfigureAwait(false);
        await next.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => next.DisposeAsync();

    private async Task CloseBlockAsync(CancellationToken cancellationToken)
    {
        (byte[] block, int length) = (_block, _filled);
        (_block, _filled) = (new byte[BlockSize], 0);
        _pending.Enqueue(Task.Run(() => Compress(block.AsSpan(0, length)), CancellationToken.None));
        if (_pending.Count >= _width) await PassOnAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task PassOnAsync(CancellationToken cancellationToken)
    {
        MemoryStream member = await _pending.Dequeue().ConfigureAwait(false);
        await next.WriteAsync(member.GetBuffer().AsMemory(0, (int)member.Length), cancellationToken).ConfigureAwait(false);
    }

    private static MemoryStream Compress(ReadOnlySpan<byte> block)
    {
        var member = new MemoryStream(block.Length / 2);
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(block);
        return member;
    }
}
