using System.Buffers.Binary;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres.Archives;

/// <summary>The bytes of an archive as they come, with the few primitives of its format. Grows only as bytes really arrive.</summary>
public sealed class ArchiveBuffer(Stream source)
{
    // Fits the second-level cache, so that digesting and compressing find the bytes there.
    private const int Size = 256 * 1024;
    private const int MaxString = 256 * 1024 * 1024;

    private byte[] _bytes = new byte[Size];
    private int _end;

    /// <summary>Reads the texts.</summary>
    public ArchiveText Text { get; } = new();

    /// <summary>How many texts were none in the archive's encoding.</summary>
    public int Guessed { get; private set; }

    /// <summary>Where the next unread byte is in <see cref="Bytes"/>.</summary>
    public int Position { get; set; }

    /// <summary>Bytes of an integer in this archive.</summary>
    public int IntSize { get; set; } = 4;

    /// <summary>While true nothing is dropped from the front, so that what was read can be had again.</summary>
    public bool Keep { get; set; } = true;

    internal int Available => _end - Position;

    internal byte[] Bytes => _bytes;

    /// <summary>Reads more; false at the end of the source.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (!Keep && Position > 0)
        {
            Buffer.BlockCopy(_bytes, Position, _bytes, 0, Available);
            _end -= Position;
            Position = 0;
        }
        if (_end == _bytes.Length) Array.Resize(ref _bytes, _bytes.Length * 2);
        int read = await source.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    internal async ValueTask RequireAsync(int count, CancellationToken cancellationToken)
    {
        while (Available < count)
            if (!await FillAsync(cancellationToken).ConfigureAwait(false)) throw Unreadable("it ends in the middle");
    }

    internal async ValueTask<byte> ReadByteAsync(CancellationToken cancellationToken)
    {
        await RequireAsync(1, cancellationToken).ConfigureAwait(false);
        return _bytes[Position++];
    }

    /// <summary>An integer: a sign byte, then the magnitude, least significant byte first.</summary>
    public async ValueTask<int> ReadIntAsync(CancellationToken cancellationToken)
    {
        await RequireAsync(1 + IntSize, cancellationToken).ConfigureAwait(false);
        int value = PeekInt();
        Position += 1 + IntSize;
        return value;
    }

    /// <summary>The integer at the position; its bytes must be there.</summary>
    public int PeekInt()
    {
        bool negative = _bytes[Position] != 0;
        long value = 0;
        for (int i = IntSize - 1; i >= 0; i--) value = (value << 8) | _bytes[Position + 1 + i];
        if (value is < 0 or > int.MaxValue) throw Unreadable("a number is out of range");
        return negative ? -(int)value : (int)value;
    }

    /// <summary>Object ids are unsigned but written through the same routine.</summary>
    public async ValueTask<uint> ReadOidAsync(CancellationToken cancellationToken)
    {
        await RequireAsync(1 + IntSize, cancellationToken).ConfigureAwait(false);
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(Position + 1));
        bool negative = _bytes[Position] != 0;
        Position += 1 + IntSize;
        return negative ? (uint)-(long)value : value;
    }

    internal async ValueTask<string?> ReadStringAsync(CancellationToken cancellationToken)
    {
        int length = await ReadIntAsync(cancellationToken).ConfigureAwait(false);
        if (length < 0) return null;
        if (length > MaxString) throw Unreadable("a string is longer than any that pg_dump writes");
        await RequireAsync(length, cancellationToken).ConfigureAwait(false);
        var bytes = _bytes.AsSpan(Position, length);
        Position += length;
        string text = Text.Read(bytes, out bool known);
        if (!known) Guessed++;
        return text;
    }

    /// <summary>The error <c>ArchiveUnreadable</c> of an archive that cannot be read.</summary>
    /// <param name="why">What is wrong with it, as the end of a sentence without its full stop.</param>
    public static OpsException Unreadable(string why) => new("ArchiveUnreadable", OpsErrorCategory.InvalidData,
        $"This is not a readable pg_dump archive: {why}.", "Take another backup; this one cannot be restored.");
}
