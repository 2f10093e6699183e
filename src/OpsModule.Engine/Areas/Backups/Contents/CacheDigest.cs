using System.Buffers.Binary;
using System.IO.Hashing;
using OpsModule.Connections.Redis.Rdb;

namespace OpsModule.Engine.Areas.Backups.Contents;

/// <summary>
/// A digest of keys that does not depend on their order: the sum of a 128-bit hash of each one's database, type, expiry and name. Two
/// servers with the same keys have the same, whatever their values are packed like.
/// </summary>
internal sealed class CacheDigest
{
    private const int Head = 13;

    private byte[] _buffer = new byte[1024];
    private UInt128 _sum;

    /// <summary>Takes one key.</summary>
    public void Add(RdbKey key)
    {
        ReadOnlySpan<byte> name = key.Name.Span;
        if (_buffer.Length < Head + name.Length) _buffer = new byte[2 * (Head + name.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(_buffer, key.Database);
        _buffer[4] = (byte)key.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(5), key.ExpiresAt ?? -1);
        name.CopyTo(_buffer.AsSpan(Head));
        _sum += XxHash128.HashToUInt128(_buffer.AsSpan(0, Head + name.Length));
    }

    /// <inheritdoc/>
    public override string ToString() => _sum.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
