using System.IO.Hashing;

namespace OpsModule.Connections.Postgres;

/// <summary>Hashes one large object in blocks of a fixed size, so that it does not matter in what pieces it arrives.</summary>
public sealed class LargeObjectHash(uint id)
{
    private readonly byte[] _block = new byte[16 * 1024];
    private ulong _hash = id;
    private int _filled;

    /// <summary>The large object's id; the hash depends on it.</summary>
    public uint Id => id;

    /// <summary>How many bytes came so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes the next piece, of any length.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        Bytes += piece.Length;
        while (piece.Length > 0)
        {
            int take = Math.Min(piece.Length, _block.Length - _filled);
            piece[..take].CopyTo(_block.AsSpan(_filled));
            piece = piece[take..];
            if ((_filled += take) == _block.Length) CloseBlock();
        }
    }

    /// <summary>The hash of the id and all bytes. Call it once, last.</summary>
    public ulong Finish()
    {
        CloseBlock();
        return _hash;
    }

    private void CloseBlock()
    {
        _hash = XxHash64.HashToUInt64(_block.AsSpan(0, _filled), (long)_hash);
        _filled = 0;
    }
}
