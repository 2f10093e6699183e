namespace OpsModule.Engine.Postgres;

/// <summary>Compares what tables should hold with what they hold.</summary>
public static class TableDifferences
{
    private const int Named = 5;

    /// <summary>What differs, naming the first few tables; null when nothing does.</summary>
    public static string? Describe(IEnumerable<TableDigest> expected, IEnumerable<TableDigest> found)
    {
        List<string> differences = [.. Find(expected, found)];
        if (differences.Count == 0) return null;
        string more = differences.Count > Named ? $"; and {differences.Count - Named} more" : "";
        return string.Join("; ", differences.Take(Named)) + more + ".";
    }

    /// <summary>One sentence for each table that differs.</summary>
    public static IEnumerable<string> Find(IEnumerable<TableDigest> expected, IEnumerable<TableDigest> found)
    {
        Dictionary<(string, string), TableDigest> left = found.ToDictionary(t => (t.Schema, t.Table));
        foreach (TableDigest table in expected)
        {
            string name = table.Schema.Length == 0 ? table.Table : $"{table.Schema}.{table.Table}";
            if (!left.Remove((table.Schema, table.Table), out TableDigest? other)) yield return $"table {name} is missing";
            else if (other.Rows != table.Rows) yield return $"table {name} has {other.Rows:N0} rows instead of {table.Rows:N0}";
            else if (other.Digest != table.Digest) yield return $"table {name} has {table.Rows:N0} rows, but not the same ones (digest {other.Digest} instead of {table.Digest})";
        }
        foreach ((string schema, string table) in left.Keys) yield return $"table {(schema.Length == 0 ? table : schema + "." + table)} should not be there";
    }
}
