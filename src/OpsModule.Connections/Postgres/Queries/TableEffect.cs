namespace OpsModule.Connections.Postgres.Queries;

/// <summary>What a transaction did to the rows of a table.</summary>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="Inserted">Rows put in.</param>
/// <param name="Updated">Rows changed.</param>
/// <param name="Deleted">Rows taken out.</param>
public sealed record TableEffect(string Schema, string Table, long Inserted, long Updated, long Deleted)
{
    /// <summary>All of them.</summary>
    public long Rows => Inserted + Updated + Deleted;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Schema}.{Table}: " + string.Join(", ",
            new[] { (Inserted, "inserted"), (Updated, "updated"), (Deleted, "deleted") }.Where(p => p.Item1 > 0)
                .Select(p => $"{p.Item1} {p.Item2}"));
}
