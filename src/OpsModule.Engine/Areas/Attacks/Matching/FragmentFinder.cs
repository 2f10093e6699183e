using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Finds lines in which any of some two thousand short texts stands, whatever the case of its letters. Of each text only a window of four
/// bytes (of a short one, two) is looked for: at every place of the log the four bytes there are hashed into a table of bits, as Hyperscan's FDR and
/// Wu and Manber's search do with theirs; where the bit is set, the texts with that window are compared. That costs about a nanosecond a byte, and does
/// not depend on how many texts there are as long as their windows are rare in logs.
/// </summary>
internal sealed class FragmentFinder
{
    private const int Bits = 18, Step = 4;
    private const uint Multiplier = 0x9E3779B1; // Knuth's: 2^32 by the golden ratio

    private readonly uint[] _longs = new uint[1 << Bits - 5]; // a bit for each hash of four bytes
    private readonly byte[] _shorts = new byte[1 << 16]; // 1 for two bytes that are a window
    private readonly (uint Window, int Entry)[] _known; // by hash; what meets at one place stands at the next
    private readonly Dictionary<uint, int> _firstShort;
    private readonly FragmentWindows.Entry[] _entries;
    private readonly int _farthest; // from the beginning of a fragment to its window

    /// <summary>Prepares the search.</summary>
    /// <param name="fragments">At least two bytes each; ASCII letters stand for both cases.</param>
    public FragmentFinder(IEnumerable<byte[]> fragments)
    {
        byte[][] all = [.. fragments.Select(Lower)];
        if (all.Any(f => f.Length < FragmentWindows.Short)) throw new ArgumentException("A fragment has at least two bytes.", nameof(fragments));
        var windows = new FragmentWindows(all);
        (_entries, _firstShort) = ([.. windows.Entries], windows.Shorts);
        _farthest = _entries.Length == 0 ? 0 : _entries.Max(e => e.Offset);
        _known = new (uint, int)[(int)BitOperations.RoundUpToPowerOf2((uint)windows.Longs.Count * 4 + 1)];
        Array.Fill(_known, (0u, -1));
        foreach ((uint window, int entry) in windows.Longs)
        {
            _longs[Hash(window) >> 5] |= 1u << (int)Hash(window);
            uint place = Hash(window);
            while (_known[place & (uint)(_known.Length - 1)].Entry >= 0) place++;
            _known[place & (uint)(_known.Length - 1)] = (window, entry);
        }
        foreach (uint window in _firstShort.Keys) _shorts[window] = 1;
    }

    /// <summary>
    /// A place from <paramref name="from"/> on where a fragment stands, or -1. It is in the first line that has one, as long as no fragment has a line end
    /// in it; it need not be the first in that line.
    /// </summary>
    public int IndexOf(ReadOnlySpan<byte> text, int from) => IndexOf(text, from, text.Length);

    /// <summary>True when a fragment stands in a part of a text, or in the few bytes right behind it.</summary>
    public bool IsIn(ReadOnlySpan<byte> text, int from, int to) => IndexOf(text, from, to) >= 0;

    /// <summary>True when a fragment begins in a part of a text, wherever it ends, or in the few bytes right behind it.</summary>
    public bool BeginsIn(ReadOnlySpan<byte> text, int from, int to) => IndexOf(text, from, Math.Min(to + _farthest, text.Length)) >= 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // it runs for most of a scan's first second in what was compiled ahead for any processor, otherwise
    private int IndexOf(ReadOnlySpan<byte> text, int from, int to)
    {
        ref byte start = ref MemoryMarshal.GetReference(text);
        ref uint longs = ref MemoryMarshal.GetArrayDataReference(_longs);
        ref byte shorts = ref MemoryMarshal.GetArrayDataReference(_shorts);
        int position = from;
        for (int last = Math.Min(to - 1, text.Length - sizeof(ulong)); position <= last; position += Step)
        {
            ulong bytes = FragmentWindows.Fold(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, position)));
            uint found0 = Bit(ref longs, (uint)bytes) | Unsafe.Add(ref shorts, (nuint)(ushort)bytes);
            uint found1 = Bit(ref longs, (uint)(bytes >> 8)) | Unsafe.Add(ref shorts, (nuint)(ushort)(bytes >> 8));
            uint found2 = Bit(ref longs, (uint)(bytes >> 16)) | Unsafe.Add(ref shorts, (nuint)(ushort)(bytes >> 16));
            uint found3 = Bit(ref longs, (uint)(bytes >> 24)) | Unsafe.Add(ref shorts, (nuint)(ushort)(bytes >> 24));
            if (((found0 | found1 | found2 | found3) & 1) == 0) continue;
            int hit;
            if ((found0 & 1) != 0 && (hit = Begin(text, from, position)) >= 0) return hit;
            if ((found1 & 1) != 0 && (hit = Begin(text, from, position + 1)) >= 0) return hit;
            if ((found2 & 1) != 0 && (hit = Begin(text, from, position + 2)) >= 0) return hit;
            if ((found3 & 1) != 0 && (hit = Begin(text, from, position + 3)) >= 0) return hit;
        }
        for (; position < to && position <= text.Length - FragmentWindows.Short; position++)
            if (Begin(text, from, position) is >= 0 and var hit) return hit;
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(uint window) => window * Multiplier >> 32 - Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bit(ref uint bits, uint window)
    {
        uint hash = Hash(window);
        return Unsafe.Add(ref bits, hash >> 5) >> (int)hash;
    }

    /// <summary>Where a fragment begins whose window is at a place, or -1.</summary>
    private int Begin(ReadOnlySpan<byte> text, int from, int place)
    {
        uint window = FragmentWindows.At(text, place, FragmentWindows.Short);
        if (_shorts[window] != 0 && Begin(text, from, place, _firstShort[window]) is >= 0 and var hit) return hit;
        if (place > text.Length - FragmentWindows.Long) return -1;
        window = FragmentWindows.At(text, place, FragmentWindows.Long);
        for (uint slot = Hash(window); ; slot++)
        {
            (uint known, int entry) = _known[slot & (uint)(_known.Length - 1)];
            if (entry < 0) return -1;
            if (known == window) return Begin(text, from, place, entry);
        }
    }

    private int Begin(ReadOnlySpan<byte> text, int from, int place, int entry)
    {
        for (; entry >= 0; entry = _entries[entry].Next)
        {
            int begin = place - _entries[entry].Offset;
            if (begin >= from && StartsWith(text[begin..], _entries[entry].Text)) return begin;
        }
        return -1;
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, byte[] fragment)
    {
        if (text.Length < fragment.Length) return false;
        for (int i = 0; i < fragment.Length; i++)
            if (Lower(text[i]) != fragment[i]) return false;
        return true;
    }

    private static byte[] Lower(byte[] text) => [.. text.Select(Lower)];

    private static byte Lower(byte b) => (uint)(b - 'A') <= 'Z' - 'A' ? (byte)(b | 0x20) : b;
}
