using System.Buffers.Binary;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// The last fields of access lines, in which the program that asked names itself: more than half of such a log, and some hundred different ones stand in
/// nearly all of its lines. One that was searched and had nothing in it is compared, which is ten times as fast, and not searched again. For one thread.
/// </summary>
internal sealed class KnownTails
{
    private const int Slots = 4096, Shortest = 24, Longest = 512, Round = 1024, Rest = 16 * Round;

    private readonly byte[]?[] _clean = new byte[Slots][];
    private int _asked, _known, _rest;

    /// <summary>Where the last field of a line begins, with the quotation mark before it; -1 when there is none, or it does not pay to look.</summary>
    public int Begin(ReadOnlySpan<byte> line)
    {
        if (_rest > 0)
        {
            _rest--;
            return -1;
        }
        int begin = line.LastIndexOf("\" \""u8);
        if (++_asked == Round)
        {
            // A log of another kind, or one in which each line names another program.
            if (_known < Round / 2) _rest = Rest;
            _asked = _known = 0;
        }
        return begin >= 0 && line.Length - begin is >= Shortest and <= Longest ? begin : -1;
    }

    /// <summary>True when this one was searched, and nothing found.</summary>
    public bool IsClean(ReadOnlySpan<byte> tail)
    {
        if (_clean[Slot(tail)] is not { } clean || !tail.SequenceEqual(clean)) return false;
        _known++;
        return true;
    }

    /// <summary>Notes one in which nothing was found.</summary>
    public void Add(ReadOnlySpan<byte> tail) => _clean[Slot(tail)] = tail.ToArray();

    private static int Slot(ReadOnlySpan<byte> tail)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(tail[3..]) * Odd + (ulong)tail.Length;
        hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(tail[(tail.Length / 2)..])) * Odd;
        hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(tail[^8..])) * Odd;
        return (int)(hash >> 52);
    }
}
