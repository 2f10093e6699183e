using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What a restore would do to a table.</summary>
public enum TableChangeKind
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
public sealed record TableChange(string Schema, string Table, TableChangeKind Change, long? LiveRows, long? BackupRows)
{
    /// <summary>In words: <c>customers: 0 rows become 7,200</c>.</summary>
    public override string ToString() => this switch
    {
        { LiveRows: null } => $"{Table}: appears with {Rows(BackupRows)}",
        { BackupRows: null } => $"{Table}: vanishes with {Rows(LiveRows)}",
        { Change: TableChangeKind.Same } => $"{Table}: {Rows(LiveRows)}, as many as before",
        _ => FormattableString.Invariant($"{Table}: {Rows(LiveRows)} become{(LiveRows == 1 ? "s" : "")} {BackupRows:N0}"),
    };

    private static string Rows(long? count) => count == 1 ? "1 row" : FormattableString.Invariant($"{count:N0} rows");
}

/// <summary>What a restore would do, as -WhatIf shows it.</summary>
public sealed record RestorePlan : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The backup.</summary>
    public required string BackupId { get; init; }

    /// <summary>Schema or database.</summary>
    public RestoreKind Kind { get; init; }

    /// <summary>The database's name in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>The tenant, or null for the whole database.</summary>
    public string? Tenant { get; init; }

    /// <summary>The schema or database that would hold the restored data.</summary>
    public required string RestoredName { get; init; }

    /// <summary>True when something live would be replaced (and kept under a dated name).</summary>
    public bool Replaces { get; init; }

    /// <summary>Age of the data that would be live afterwards.</summary>
    public TimeSpan DataAge { get; init; }

    /// <summary>Tables that appear, vanish or change in row count, and those that do not.</summary>
    public IReadOnlyList<TableChange> Changes { get; init => field = PlainList.Of(value); } = [];
}
