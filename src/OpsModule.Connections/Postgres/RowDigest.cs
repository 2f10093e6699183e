using System.Globalization;
using System.IO.Hashing;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// An order-independent digest over rows in COPY's text form: the sum of the rows' XXH64 modulo 2^64, followed by the sum of those
/// hashes mixed once more. A sum does not depend on the order, keeps duplicates apart, and sums of parts can be added, so that
/// a table can be digested by several readers at once. It finds accidents; against a forger there is the SHA-256 of the object.
/// </summary>
public sealed class RowDigest
{
    private const ulong SecondSeed = 0x9E3779B97F4A7C15;

    private ulong _sum;
    private ulong _mixed;

    /// <summary>Rows seen.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes seen, line feeds included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes whole rows, each ended by a line feed.</summary>
    public void Append(ReadOnlySpan<byte> rows)
    {
        Bytes += rows.Length;
        while (rows.Length > 0)
        {
            int end = rows.IndexOf((byte)'\n');
            if (end < 0) end = rows.Length;
            AppendItem(XxHash64.HashToUInt64(rows[..end]));
            rows = rows[Math.Min(end + 1, rows.Length)..];
        }
    }

    /// <summary>Adds what another digest has seen.</summary>
    public void Add(RowDigest other)
    {
        _sum += other._sum;
        _mixed += other._mixed;
        Rows += other.Rows;
        Bytes += other.Bytes;
    }

    /// <summary>Adds what the digest of a table says.</summary>
    public void Add(TableDigest table)
    {
        _sum += ulong.Parse(table.Digest.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _mixed += ulong.Parse(table.Digest.AsSpan(16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Rows += table.Rows;
        Bytes += table.Bytes;
    }

    /// <summary>Takes one large object: its id and its content in pieces of any size.</summary>
    public void AppendLargeObject(LargeObjectHash hash)
    {
        Bytes += hash.Bytes;
        AppendItem(hash.Finish());
    }

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => $"{_sum:x16}{_mixed:x16}";

    /// <summary>The digest as the manifest keeps it.</summary>
    public TableDigest ForTable(string schema, string table) => new(schema, table, Rows, ToString(), Bytes);

    private void AppendItem(ulong hash)
    {
        _sum += hash;
        _mixed += Mix(hash ^ SecondSeed);
        Rows++;
    }

    /// <summary>XXH64's own last step: a bijection that spreads every input bit over the output.</summary>
    private static ulong Mix(ulong h)
    {
        h = (h ^ (h >> 33)) * 0xC2B2AE3D27D4EB4F;
        h = (h ^ (h >> 29)) * 0x165667B19E3779F9;
        return h ^ (h >> 32);
    }
}
