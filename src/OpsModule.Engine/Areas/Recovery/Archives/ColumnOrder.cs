using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>
/// The columns of a partition in an order that all partitions of its root share. Rows that go through the root may end up in a partition
/// whose columns lie differently, and would look different there.
/// </summary>
internal sealed class ColumnOrder
{
    private readonly int[] _order;

    private ColumnOrder(string columns)
    {
        (string Name, string Sql)[] names = [.. SqlTokens.Read(columns).Where(t => t.Quoted || !(t.Is("(") || t.Is(")") || t.Is(","))).Select(t => (t.Text, columns[t.Start..t.End]))];
        _order = [.. Enumerable.Range(0, names.Length).OrderBy(i => names[i].Name, StringComparer.Ordinal)];
        Columns = $"({string.Join(", ", _order.Select(i => names[i].Sql))})";
    }

    /// <summary>The columns in this order, as SQL.</summary>
    public string Columns { get; }

    /// <summary>For each partition, by its name, whose root has partitions with another order of columns; most databases have none.</summary>
    public static IReadOnlyDictionary<(string Schema, string Table), ColumnOrder> Of(IEnumerable<CopyTarget> tables) =>
        tables.Where(t => t.ViaRoot).GroupBy(t => (t.Schema, t.Table)).Where(g => g.Select(t => t.Columns).Distinct().Skip(1).Any())
            .SelectMany(g => g).ToDictionary(t => t.Source, t => new ColumnOrder(t.Columns));

    /// <summary>Digests whole rows as if their fields came in this order.</summary>
    public void Append(ReadOnlySpan<byte> rows, RowDigest digest)
    {
        var starts = new int[_order.Length + 1];
        byte[] row = [];
        while (rows.Length > 0)
        {
            int end = rows.IndexOf((byte)'\n') is var found and >= 0 ? found : rows.Length, filled = 0;
            ReadOnlySpan<byte> line = rows[..end];
            if (row.Length < line.Length + 1) row = new byte[(line.Length + 1) * 2];
            Locate(line, starts);
            foreach (int field in _order)
            {
                if (field != _order[0]) row[filled++] = (byte)'\t';
                ReadOnlySpan<byte> value = line[starts[field]..(starts[field + 1] - 1)];
                value.CopyTo(row.AsSpan(filled));
                filled += value.Length;
            }
            row[filled++] = (byte)'\n';
            digest.Append(row.AsSpan(0, filled));
            rows = rows[Math.Min(end + 1, rows.Length)..];
        }
    }

    /// <summary>Where each field begins; then, where one more would.</summary>
    private static void Locate(ReadOnlySpan<byte> line, Span<int> starts)
    {
        starts.Fill(line.Length + 1);
        starts[0] = 0;
        for (int at = 0, field = 1; at < line.Length && field < starts.Length; at++) if (line[at] == '\t') starts[field++] = at + 1;
    }
}
