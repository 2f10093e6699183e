namespace OpsModule.Engine.Areas.Recovery.Planning;

/// <summary>What a restore would do to a table.</summary>
internal enum TableChangeKind
{
    /// <summary>The same number of rows.</summary>
    Same,
    /// <summary>Another number of rows.</summary>
    RowCount,
    /// <summary>The table is in the backup only.</summary>
    Appears,
    /// <summary>The table is in the live data only.</summary>
    Vanishes,
}

/// <summary>One table before and after.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Table">Its name.</param>
/// <param name="Change">What would happen.</param>
/// <param name="LiveRows">Rows now, or null when there is no such table.</param>
/// <param name="BackupRows">Rows in the backup, or null when it is not in it.</param>
internal sealed record TableChange(string Schema, string Table, TableChangeKind Change, long? LiveRows, long? BackupRows)
{
    /// <summary>What becomes of it in words: <c>0 rows become 7,200</c>.</summary>
    public string Words => this switch
    {
        { LiveRows: null } => $"appears with {Rows(BackupRows)}",
        { BackupRows: null } => $"vanishes with {Rows(LiveRows)}",
        { Change: TableChangeKind.Same } => $"{Rows(LiveRows)}, as many as before",
        _ => FormattableString.Invariant($"{Rows(LiveRows)} become{(LiveRows == 1 ? "s" : "")} {BackupRows:N0}"),
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Table}: {Words}";

    private static string Rows(long? count) => count == 1 ? "1 row" : FormattableString.Invariant($"{count:N0} rows");
}
