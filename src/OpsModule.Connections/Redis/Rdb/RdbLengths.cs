using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>Reads lengths and texts as the format writes them.</summary>
/// <param name="input">The bytes.</param>
internal sealed class RdbLengths(RdbInput input)
{
    private const byte Long32 = 0x80, Long64 = 0x81;
    private const int Packed = 3;

    // What is packed and longer than the buffer is of no key that anybody has.
    private byte[] _unpacked = new byte[1024];

    /// <summary>A length.</summary>
    public long Length()
    {
        (long length, bool special) = Next();
        // Of module and stream ids all 64 bits count, so one that is negative is the caller's to judge.
        return special ? throw Damaged("a length") : length;
    }

    /// <summary>Passes over a text; returns how many bytes it has when it is unpacked.</summary>
    public long SkipText()
    {
        (long length, bool special) = Next();
        if (length < 0) throw Damaged("a text");
        if (!special)
        {
            input.Skip(length);
            return length;
        }
        if (length < Packed)
        {
            input.Skip(1L << (int)length);
            return 1L << (int)length;
        }
        (long packed, long whole) = PackedLengths(length);
        input.Skip(packed);
        return whole;
    }

    /// <summary>A text; of one that is longer than so many bytes its beginning. It is good until the next call.</summary>
    public ReadOnlySpan<byte> Text(int most, out long length)
    {
        (length, bool special) = Next();
        if (length < 0) throw Damaged("a text");
        if (special && length < Packed) return Number((int)length, out length);
        if (special) return Unpack(length, most, out length);
        int taken = (int)Math.Min(length, most);
        ReadOnlySpan<byte> text = Own(input.Take(taken));
        input.Skip(length - taken);
        return text;
    }

    /// <summary>A whole text, read in pieces; null for one that is longer than so many bytes, which is passed over.</summary>
    public byte[]? Whole(int most)
    {
        (long length, bool special) = Next();
        if (length < 0) throw Damaged("a text");
        if (special && length < Packed) return Number((int)length, out _).ToArray();
        (long stored, long whole) = special ? PackedLengths(length) : (length, length);
        if (whole > most)
        {
            input.Skip(stored);
            return null;
        }
        byte[] bytes = new byte[stored];
        for (int at = 0, taken; at < bytes.Length; at += taken)
        {
            taken = Math.Min(bytes.Length - at, RdbInput.Most);
            input.Take(taken).CopyTo(bytes.AsSpan(at));
        }
        if (!special) return bytes;
        byte[] unpacked = new byte[whole];
        return Lzf.Unpack(bytes, unpacked) == unpacked.Length ? unpacked : throw Damaged("a packed text");
    }

    /// <summary>A short text that people read.</summary>
    public string Word() => Encoding.UTF8.GetString(Text(1024, out _));

    private ReadOnlySpan<byte> Unpack(long special, int most, out long length)
    {
        (long packed, length) = PackedLengths(special);
        int taken = (int)Math.Min(packed, RdbInput.Most), wanted = (int)Math.Min(length, most);
        Grow(wanted);
        int written = Lzf.Unpack(input.Take(taken), _unpacked.AsSpan(0, wanted));
        if (written < 0 || (written < wanted && taken == packed)) throw Damaged("a packed text");
        input.Skip(packed - taken);
        return _unpacked.AsSpan(0, written);
    }

    private (long Packed, long Whole) PackedLengths(long special)
    {
        if (special != Packed) throw Damaged("a text");
        long packed = Length(), whole = Length();
        return packed < 0 || packed > whole ? throw Damaged("a packed text") : (packed, whole);
    }

    private ReadOnlySpan<byte> Number(int form, out long length)
    {
        ReadOnlySpan<byte> bytes = input.Take(1 << form);
        int number = form switch
        {
            0 => (sbyte)bytes[0], 1 => BinaryPrimitives.ReadInt16LittleEndian(bytes), _ => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        };
        number.TryFormat(_unpacked, out int written, default, CultureInfo.InvariantCulture);
        length = written;
        return _unpacked.AsSpan(0, written);
    }

    /// <summary>The buffer below may be filled anew while the text is still wanted.</summary>
    private ReadOnlySpan<byte> Own(ReadOnlySpan<byte> text)
    {
        Grow(text.Length);
        text.CopyTo(_unpacked);
        return _unpacked.AsSpan(0, text.Length);
    }

    private void Grow(int size)
    {
        if (_unpacked.Length < size) _unpacked = new byte[Math.Max(size, 2 * _unpacked.Length)];
    }

    private (long Length, bool IsSpecial) Next()
    {
        byte first = input.Byte();
        switch (first >> 6)
        {
            case 0: return (first & 63, false);
            case 1: return (((first & 63) << 8) | input.Byte(), false);
            case 3: return (first & 63, true);
            default: break;
        }
        long length = first switch
        {
            Long32 => BinaryPrimitives.ReadUInt32BigEndian(input.Take(4)),
            Long64 => BinaryPrimitives.ReadInt64BigEndian(input.Take(8)),
            _ => throw Damaged("a length"),
        };
        return (length, false);
    }

    /// <summary>The error of what no server writes.</summary>
    public Foundations.Errors.OpsException Damaged(string what) => RdbErrors.RdbDamaged.Make(
        $"The RDB is damaged: at byte {input.Position:N0} {what} was expected, and what is there is none.",
        "Use another backup, and look for what damages files there.");
}
