using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// XXH64, a fast hash that is not cryptographic. Written from the specification in
/// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, so that no package is needed for it.
/// </summary>
public static class XxHash64
{
    private const ulong P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9, P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

    public static ulong Hash(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        ulong length = (ulong)data.Length;
        ulong h;
        if (data.Length >= 32)
        {
            ulong v1 = seed + P1 + P2, v2 = seed + P2, v3 = seed, v4 = seed - P1;
            while (data.Length >= 32)
            {
                v1 = Round(v1, Read64(data));
                v2 = Round(v2, Read64(data[8..]));
                v3 = Round(v3, Read64(data[16..]));
                v4 = Round(v4, Read64(data[24..]));
                data = data[32..];
            }
            h = BitOperations.RotateLeft(v1, 1) + BitOperations.RotateLeft(v2, 7) + BitOperations.RotateLeft(v3, 12) + BitOperations.RotateLeft(v4, 18);
            h = Merge(Merge(Merge(Merge(h, v1), v2), v3), v4);
        }
        else
        {
            h = seed + P5;
        }
        h += length;
        while (data.Length >= 8)
        {
            h = BitOperations.RotateLeft(h ^ Round(0, Read64(data)), 27) * P1 + P4;
            data = data[8..];
        }
        if (data.Length >= 4)
        {
            h = BitOperations.RotateLeft(h ^ BinaryPrimitives.ReadUInt32LittleEndian(data) * P1, 23) * P2 + P3;
            data = data[4..];
        }
        foreach (byte b in data) h = BitOperations.RotateLeft(h ^ b * P5, 11) * P1;
        return Avalanche(h);
    }

    /// <summary>The final mixing: a bijection that spreads every input bit over the output.</summary>
    public static ulong Avalanche(ulong h)
    {
        h = (h ^ (h >> 33)) * P2;
        h = (h ^ (h >> 29)) * P3;
        return h ^ (h >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read64(ReadOnlySpan<byte> data) =>
        BitConverter.IsLittleEndian ? MemoryMarshal.Read<ulong>(data) : BinaryPrimitives.ReadUInt64LittleEndian(data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong accumulator, ulong input) => BitOperations.RotateLeft(accumulator + input * P2, 31) * P1;

    private static ulong Merge(ulong accumulator, ulong value) => (accumulator ^ Round(0, value)) * P1 + P4;
}
