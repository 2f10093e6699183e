using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OpsModule.Engine.Attacks.Matching;

/// <summary>
/// Finds the next place where any of some short texts stands, whatever the case of its letters, at the speed of memory. The idea is known
/// as Teddy (Geoffrey Langdale, Hyperscan): the fragments are dealt into eight buckets; two table lookups for each of the first three
/// bytes, by their low and their high half, say for 16 or 32 places at once whether a fragment may begin there; at such a place only the
/// fragments that begin with its two bytes are compared, so that no text makes the search slow.
/// </summary>
internal sealed class FragmentFinder
{
    private const int Buckets = 8, Fingerprint = 3;

    private readonly Table[] _tables;
    private readonly ushort[] _pairs = new ushort[65536]; // the first two bytes -> which of the groups, 0 for none
    private readonly byte[][][] _groups;

    /// <summary>Prepares the search.</summary>
    /// <param name="fragments">At least two bytes each; ASCII letters stand for both cases.</param>
    public FragmentFinder(IEnumerable<byte[]> fragments)
    {
        byte[][] all = [.. fragments.Select(Lower).DistinctBy(f => Convert.ToHexString(f)).OrderBy(f => f, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];
        if (all.Any(f => f.Length < 2)) throw new ArgumentException("A fragment has at least two bytes.", nameof(fragments));
        byte[][][] buckets = FragmentBuckets.Deal(all, Buckets, Fingerprint);
        _groups = [[], .. all.GroupBy(f => Pair(f[0], f[1])).Select(g => g.ToArray())];
        for (int i = 1; i < _groups.Length; i++) _pairs[Pair(_groups[i][0][0], _groups[i][0][1])] = (ushort)i;
        _tables = new Table[Fingerprint];
        for (int position = 0; position < Fingerprint; position++)
        {
            byte[] low = new byte[16], high = new byte[16];
            for (int bucket = 0; bucket < Buckets; bucket++)
                foreach (byte[] fragment in buckets[bucket])
                    foreach (byte b in FragmentBuckets.Accepted(fragment, position))
                    {
                        low[b & 15] |= (byte)(1 << bucket);
                        high[b >> 4] |= (byte)(1 << bucket);
                    }
            _tables[position] = new Table(low, high);
        }
    }

    /// <summary>The place of the first fragment from <paramref name="from"/> on, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> text, int from)
    {
        ref byte start = ref MemoryMarshal.GetReference(text);
        int position = from;
        if (Avx2.IsSupported)
        {
            (Vector256<byte> low0, Vector256<byte> high0) = _tables[0].Wide;
            (Vector256<byte> low1, Vector256<byte> high1) = _tables[1].Wide;
            (Vector256<byte> low2, Vector256<byte> high2) = _tables[2].Wide;
            Vector256<byte> half = Vector256.Create((byte)15);
            for (; position <= text.Length - 32 - (Fingerprint - 1); position += 32)
            {
                Vector256<byte> found = Lookup(Vector256.LoadUnsafe(ref start, (nuint)position), low0, high0, half)
                    & Lookup(Vector256.LoadUnsafe(ref start, (nuint)position + 1), low1, high1, half)
                    & Lookup(Vector256.LoadUnsafe(ref start, (nuint)position + 2), low2, high2, half);
                uint none = Vector256.Equals(found, Vector256<byte>.Zero).ExtractMostSignificantBits();
                if (none != uint.MaxValue && Confirm(text, position, ~none) is >= 0 and var hit) return hit;
            }
        }
        else if (Ssse3.IsSupported || AdvSimd.Arm64.IsSupported)
        {
            for (; position <= text.Length - 16 - (Fingerprint - 1); position += 16)
            {
                Vector128<byte> found = _tables[0].Lookup(Vector128.LoadUnsafe(ref start, (nuint)position))
                    & _tables[1].Lookup(Vector128.LoadUnsafe(ref start, (nuint)position + 1))
                    & _tables[2].Lookup(Vector128.LoadUnsafe(ref start, (nuint)position + 2));
                uint none = Vector128.Equals(found, Vector128<byte>.Zero).ExtractMostSignificantBits();
                if (none != ushort.MaxValue && Confirm(text, position, ~none & 0xFFFF) is >= 0 and var hit) return hit;
            }
        }
        for (; position < text.Length - 1; position++)
            if (IsAt(text, position)) return position;
        return -1;
    }

    private int Confirm(ReadOnlySpan<byte> text, int position, uint places)
    {
        for (; places != 0; places &= places - 1)
        {
            int place = position + BitOperations.TrailingZeroCount(places);
            if (IsAt(text, place)) return place;
        }
        return -1;
    }

    private bool IsAt(ReadOnlySpan<byte> text, int place)
    {
        ReadOnlySpan<byte> rest = text[place..];
        if (rest.Length < 2) return false;
        foreach (byte[] fragment in _groups[_pairs[Pair(Lower(rest[0]), Lower(rest[1]))]])
            if (StartsWith(rest, fragment)) return true;
        return false;
    }

    private static int Pair(byte first, byte second) => first << 8 | second;

    private static bool StartsWith(ReadOnlySpan<byte> text, byte[] fragment)
    {
        if (text.Length < fragment.Length) return false;
        for (int i = 0; i < fragment.Length; i++)
            if (Lower(text[i]) != fragment[i]) return false;
        return true;
    }

    private static byte[] Lower(byte[] text) => [.. text.Select(Lower)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Lower(byte b) => (uint)(b - 'A') <= 'Z' - 'A' ? (byte)(b | 0x20) : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lookup(Vector256<byte> bytes, Vector256<byte> low, Vector256<byte> high, Vector256<byte> half) =>
        Avx2.Shuffle(low, bytes & half) & Avx2.Shuffle(high, Vector256.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & half);

    /// <summary>For one byte of the fingerprint: the buckets that accept a low half, and those that accept a high half.</summary>
    private sealed class Table(byte[] low, byte[] high)
    {
        private readonly Vector128<byte> _low = Vector128.Create(low), _high = Vector128.Create(high);

        public (Vector256<byte> Low, Vector256<byte> High) Wide => (Vector256.Create(_low, _low), Vector256.Create(_high, _high));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<byte> Lookup(Vector128<byte> bytes)
        {
            Vector128<byte> half = Vector128.Create((byte)15);
            Vector128<byte> lows = bytes & half, highs = Vector128.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & half;
            return Ssse3.IsSupported
                ? Ssse3.Shuffle(_low, lows) & Ssse3.Shuffle(_high, highs)
                : AdvSimd.Arm64.VectorTableLookup(_low, lows) & AdvSimd.Arm64.VectorTableLookup(_high, highs);
        }
    }
}
