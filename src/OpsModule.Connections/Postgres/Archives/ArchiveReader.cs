using System.IO.Compression;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres.Archives;

/// <summary>
/// Reads a custom-format archive (pg_dump -Fc, format 1.12 to 1.16) forward only, also one that is compressed inside with zlib or zstd. The
/// format is the one that pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL describe.
/// </summary>
public sealed class ArchiveReader(Stream source)
{
    /// <summary>The kind of a block with the rows of one table (<c>BLK_DATA</c>).</summary>
    public const byte DataBlock = 1;

    /// <summary>The kind of a block with large objects (<c>BLK_BLOBS</c>).</summary>
    public const byte LargeObjectBlock = 3;

    private readonly ArchiveBuffer _buffer = new(source);
    private readonly Dictionary<int, ArchiveEntry> _entries = [];
    private ArchiveEntry? _open;
    private ArchiveCompression _compression;

    /// <summary>Reads the header and the table of contents. Call once, first.</summary>
    /// <exception cref="OpsException"><c>ArchiveUnreadable</c>.</exception>
    public async Task<ArchiveHeader> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        ArchiveHeader header = await ArchiveHeaderReader.ReadAsync(_buffer, anyFormat: false, cancellationToken).ConfigureAwait(false);
        _compression = header.Compression;
        foreach (ArchiveEntry entry in header.Entries) _entries[entry.DumpId] = entry;
        _buffer.Keep = false;
        return header;
    }

    /// <summary>Reads nothing but the table of contents, of a tar or directory archive, too.</summary>
    /// <exception cref="OpsException"><c>ArchiveUnreadable</c>.</exception>
    public Task<ArchiveHeader> ReadContentsAsync(CancellationToken cancellationToken) =>
        ArchiveHeaderReader.ReadAsync(_buffer, anyFormat: true, cancellationToken);

    /// <summary>Moves to the next data block; null at the archive's end. A block not read is skipped.</summary>
    public async Task<ArchiveEntry?> NextBlockAsync(CancellationToken cancellationToken)
    {
        if (_open is not null) await SkipAsync(cancellationToken).ConfigureAwait(false);
        if (_buffer.Available == 0 && !await _buffer.FillAsync(cancellationToken).ConfigureAwait(false)) return null;
        byte kind = await _buffer.ReadByteAsync(cancellationToken).ConfigureAwait(false);
        int id = await _buffer.ReadIntAsync(cancellationToken).ConfigureAwait(false);
        if (!_entries.TryGetValue(id, out ArchiveEntry? entry)) throw ArchiveBuffer.Unreadable($"block {id} has no entry in the table of contents");
        if (kind != DataBlock && kind != LargeObjectBlock) throw ArchiveBuffer.Unreadable($"block {id} is of the unknown kind {kind}");
        if (kind == LargeObjectBlock != entry.Description.StartsWith("BLOB", StringComparison.Ordinal))
            throw ArchiveBuffer.Unreadable($"block {id} is not of the kind that its entry says");
        return _open = entry;
    }

    /// <summary>
    /// Hands over the rows of a TABLE DATA block in COPY text form: each call of <paramref name="sink"/> gets whole rows,
    /// each ended by a line feed, without the closing <c>\.</c> line, which is returned. The memory is reused after the sink returns.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>> ReadRowsAsync(Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        _open = null;
        var rows = new RowCollector(sink);
        if (_compression != ArchiveCompression.None)
        {
            await UnpackAsync(async piece =>
            {
                while (!rows.TryAdd(piece.Span)) await rows.FlushAsync().ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            return await rows.EndAsync().ConfigureAwait(false);
        }
        while (await NextPieceAsync(cancellationToken).ConfigureAwait(false) is var length and > 0)
        {
            while (length > 0)
            {
                if (_buffer.Available == 0) await _buffer.RequireAsync(1, cancellationToken).ConfigureAwait(false);
                int take = Math.Min(length, _buffer.Available);
                if (!rows.TryAdd(_buffer.Bytes.AsSpan(_buffer.Position, take)))
                {
                    await rows.FlushAsync().ConfigureAwait(false);
                    continue;
                }
                _buffer.Position += take;
                length -= take;
            }
        }
        return await rows.EndAsync().ConfigureAwait(false);
    }

    /// <summary>Hands over the large objects of a BLOBS block: object id, then its bytes in pieces; an empty piece ends each object.</summary>
    public async Task ReadLargeObjectsAsync(Func<uint, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        _open = null;
        while (await _buffer.ReadOidAsync(cancellationToken).ConfigureAwait(false) is var id and > 0)
        {
            if (_compression != ArchiveCompression.None)
                await UnpackAsync(piece => sink(id, piece), cancellationToken).ConfigureAwait(false);
            else while (await NextPieceAsync(cancellationToken).ConfigureAwait(false) is var length and > 0)
            {
                while (length > 0)
                {
                    if (_buffer.Available == 0) await _buffer.RequireAsync(1, cancellationToken).ConfigureAwait(false);
                    int take = Math.Min(length, _buffer.Available);
                    await sink(id, _buffer.Bytes.AsMemory(_buffer.Position, take)).ConfigureAwait(false);
                    _buffer.Position += take;
                    length -= take;
                }
            }
            await sink(id, ReadOnlyMemory<byte>.Empty).ConfigureAwait(false);
        }
    }

    /// <summary>Hands over the data up to the next end, unpacked: each table and each large object is a stream of its own.</summary>
    private async Task UnpackAsync(Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        await using var pieces = new Pieces(this);
        // What never had a byte has no stream either.
        if (!await pieces.BeginAsync(cancellationToken).ConfigureAwait(false)) return;
        byte[] chunk = new byte[128 * 1024];
        await using Stream plain = _compression switch
        {
            ArchiveCompression.Gzip => new ZLibStream(pieces, CompressionMode.Decompress),
            ArchiveCompression.Zstd when Zstd.IsAvailable => new ZstdDecompressor(pieces),
            _ => throw ArchiveBuffer.Unreadable($"its data is compressed with {_compression} inside, which cannot be read here"),
        };
        try
        {
            while (await plain.ReadAsync(chunk, cancellationToken).ConfigureAwait(false) is var read and > 0)
                await sink(chunk.AsMemory(0, read)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or OpsException { ErrorId: "CompressionFailed" or "BackupTruncated" })
        {
            throw ArchiveBuffer.Unreadable($"what is compressed in it is damaged ({e.Message.TrimEnd('.')})");
        }
        while (await pieces.ReadAsync(chunk, cancellationToken).ConfigureAwait(false) > 0) { }
    }

    private async Task SkipAsync(CancellationToken cancellationToken)
    {
        if (_open!.Description.StartsWith("BLOB", StringComparison.Ordinal))
            await ReadLargeObjectsAsync((_, _) => ValueTask.CompletedTask, cancellationToken).ConfigureAwait(false);
        else
            await ReadRowsAsync(_ => ValueTask.CompletedTask, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<int> NextPieceAsync(CancellationToken cancellationToken)
    {
        // pg_dump 15 writes one piece for each row: the common case must not pay for an await.
        if (_buffer.Available <= _buffer.IntSize) return SlowPieceAsync(cancellationToken);
        int length = _buffer.PeekInt();
        _buffer.Position += 1 + _buffer.IntSize;
        return length < 0 ? throw ArchiveBuffer.Unreadable("a piece of data has a negative length") : ValueTask.FromResult(length);
    }

    private async ValueTask<int> SlowPieceAsync(CancellationToken cancellationToken)
    {
        int length = await _buffer.ReadIntAsync(cancellationToken).ConfigureAwait(false);
        return length < 0 ? throw ArchiveBuffer.Unreadable("a piece of data has a negative length") : length;
    }

    /// <summary>The pieces of data up to the next end, as one stream.</summary>
    private sealed class Pieces(ArchiveReader reader) : ReadStage
    {
        private int _left;
        private bool _ended;

        /// <summary>False when there is none.</summary>
        public async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
        {
            _left = await reader.NextPieceAsync(cancellationToken).ConfigureAwait(false);
            return !(_ended = _left == 0);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0 && !_ended) await BeginAsync(cancellationToken).ConfigureAwait(false);
            if (_ended || buffer.Length == 0) return 0;
            if (reader._buffer.Available == 0) await reader._buffer.RequireAsync(1, cancellationToken).ConfigureAwait(false);
            int take = Math.Min(Math.Min(_left, buffer.Length), reader._buffer.Available);
            reader._buffer.Bytes.AsMemory(reader._buffer.Position, take).CopyTo(buffer);
            reader._buffer.Position += take;
            _left -= take;
            return take;
        }
    }
}
