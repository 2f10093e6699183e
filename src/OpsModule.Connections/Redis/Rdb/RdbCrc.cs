using System.Buffers.Binary;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>
/// The checksum at the end of an RDB file and of what DUMP gives: CRC-64 with the polynomial ad93d23594c935a9 (Jones), reflected, begun
/// with 0. Sixteen bytes are taken at a time, by a table for each of their places.
/// </summary>
public static class RdbCrc
{
    private const ulong Polynomial = 0x95ac9329ac4bc9b5; // ad93d23594c935a9 with its bits reversed
    private const int Places = 16;

    private static readonly ulong[] Tables = MakeTables();

    /// <summary>The checksum of what came before and of these bytes.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes)
    {
        ulong[] tables = Tables;
        while (bytes.Length >= Places)
        {
            ulong low = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), high = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
            crc = tables[(15 << 8) | (int)(low & 255)] ^ tables[(14 << 8) | (int)((low >> 8) & 255)]
                ^ tables[(13 << 8) | (int)((low >> 16) & 255)] ^ tables[(12 << 8) | (int)((low >> 24) & 255)]
                ^ tables[(11 << 8) | (int)((low >> 32) & 255)] ^ tables[(10 << 8) | (int)((low >> 40) & 255)]
                ^ tables[(9 << 8) | (int)((low >> 48) & 255)] ^ tables[(8 << 8) | (int)(low >> 56)]
                ^ tables[(7 << 8) | (int)(high & 255)] ^ tables[(6 << 8) | (int)((high >> 8) & 255)]
                ^ tables[(5 << 8) | (int)((high >> 16) & 255)] ^ tables[(4 << 8) | (int)((high >> 24) & 255)]
                ^ tables[(3 << 8) | (int)((high >> 32) & 255)] ^ tables[(2 << 8) | (int)((high >> 40) & 255)]
                ^ tables[(1 << 8) | (int)((high >> 48) & 255)] ^ tables[(int)(high >> 56)];
            bytes = bytes[Places..];
        }
        foreach (byte one in bytes) crc = tables[(int)((crc ^ one) & 255)] ^ (crc >> 8);
        return crc;
    }

    private static ulong[] MakeTables()
    {
        ulong[] tables = new ulong[Places * 256];
        for (int value = 0; value < 256; value++)
        {
            ulong crc = (ulong)value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            tables[value] = crc;
        }
        for (int place = 1; place < Places; place++)
        {
            for (int value = 0; value < 256; value++)
            {
                ulong before = tables[((place - 1) << 8) | value];
                tables[(place << 8) | value] = tables[(int)(before & 255)] ^ (before >> 8);
            }
        }
        return tables;
    }
}
