namespace OpsModule.Connections.Postgres;

/// <summary>One table that is not what the backup's manifest says.</summary>
/// <param name="Expected">The manifest; null when the table should not be there.</param>
/// <param name="Found">What was read; null when the table is not there.</param>
public sealed record TableDifference(TableDigest? Expected, TableDigest? Found)
{
    private const int Named = 5;

    /// <summary>All tables that differ, in the manifest's order; then those that it does not know.</summary>
    public static IReadOnlyList<TableDifference> Find(IEnumerable<TableDigest> manifest, IEnumerable<TableDigest> found)
    {
        Dictionary<(string, string), TableDigest> left = found.ToDictionary(t => (t.Schema, t.Table));
        var differences = new List<TableDifference>();
        foreach (TableDigest expected in manifest)
        {
            left.Remove((expected.Schema, expected.Table), out TableDigest? other);
            if (other is null || other.Rows != expected.Rows || other.Digest != expected.Digest) differences.Add(new TableDifference(expected, other));
        }
        differences.AddRange(left.Values.Select(t => new TableDifference(null, t)));
        return differences;
    }

    /// <summary>The first few differences in words.</summary>
    public static string Describe(IReadOnlyList<TableDifference> differences) =>
        string.Join("; ", differences.Take(Named)) + (differences.Count > Named ? $"; and {differences.Count - Named} more" : "");

    /// <inheritdoc/>
    public override string ToString() => this switch
    {
        { Found: null } => $"table {NameOf(Expected!)} is missing",
        { Expected: null } => $"table {NameOf(Found)} should not be there",
        _ when Found.Rows != Expected.Rows => $"table {NameOf(Expected)} has {Found.Rows:N0} rows instead of {Expected.Rows:N0}",
        _ => $"table {NameOf(Expected)} has the right number of rows ({Found.Rows:N0}) but not the right content",
    };

    private static string NameOf(TableDigest table) => table.Schema.Length == 0 ? table.Table : $"{table.Schema}.{table.Table}";
}
