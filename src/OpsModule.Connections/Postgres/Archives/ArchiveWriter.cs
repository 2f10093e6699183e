namespace OpsModule.Connections.Postgres.Archives;

/// <summary>
/// Writes an archive again with fewer, larger pieces. pg_dump wraps every row in a length of its own, which costs space that
/// compresses badly and time for everyone who reads it; pg_restore takes pieces of any size.
/// </summary>
public sealed class ArchiveWriter(Stream target, Action<long>? onProgress = null)
{
    private readonly byte[] _number = new byte[1 + sizeof(uint)];

    /// <summary>Bytes written.</summary>
    public long Bytes { get; private set; }

    /// <summary>The bytes up to the first block, as they were.</summary>
    public ValueTask WriteHeaderAsync(ArchiveHeader header, CancellationToken ct) =>
        header.IntSize == sizeof(uint)
            ? WriteAsync(header.RawBytes, ct)
            : throw ArchiveBuffer.Unreadable($"its numbers have {header.IntSize} bytes, and those of every known pg_dump have 4");

    /// <summary>Begins a block of an entry.</summary>
    public async ValueTask BeginBlockAsync(byte kind, int dumpId, CancellationToken ct)
    {
        await WriteAsync(new[] { kind }, ct).ConfigureAwait(false);
        await WriteNumberAsync(dumpId, ct).ConfigureAwait(false);
    }

    /// <summary>A piece of a block's data; an empty one ends it.</summary>
    public async ValueTask WritePieceAsync(ReadOnlyMemory<byte> piece, CancellationToken ct)
    {
        await WriteNumberAsync(piece.Length, ct).ConfigureAwait(false);
        if (piece.Length > 0) await WriteAsync(piece, ct).ConfigureAwait(false);
    }

    /// <summary>A number: a sign byte, then the magnitude, least significant byte first. Object ids above 2^31 are negative ones here.</summary>
    public ValueTask WriteNumberAsync(int number, CancellationToken ct)
    {
        _number[0] = number < 0 ? (byte)1 : (byte)0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(_number.AsSpan(1), (uint)Math.Abs((long)number));
        return WriteAsync(_number, ct);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        Bytes += bytes.Length;
        onProgress?.Invoke(Bytes);
        return target.WriteAsync(bytes, ct);
    }
}
