using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// What a backup does not hold: of a tenant's what is not in its schema and belongs to it, of an imported one the rows that the dump has
/// not.
/// </summary>
internal static class LeftOut
{
    private const string Rows = "rows of table ";

    /// <summary>The words for a table of which a dump has no rows.</summary>
    public static string RowsOf(string table) => $"{Rows}{table}, which the dump does not hold";

    /// <summary>Whether rows are among what a backup does not hold.</summary>
    public static bool HasRows(IEnumerable<string> leftOut) => leftOut.Any(l => l.StartsWith(Rows, StringComparison.Ordinal));

    /// <summary>Descriptions of all such objects.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(NpgsqlConnection connection, string schema, CancellationToken ct) =>
    [
        .. await OutsideReferences.FindAsync(connection, schema, ct).ConfigureAwait(false),
        .. (await PublishedTables.FindAsync(connection, schema, ct).ConfigureAwait(false)).Select(p => "publication " + p),
    ];

    /// <summary>Tells which of those that the backup noted are not there now.</summary>
    public static async Task WarnAsync(NpgsqlConnection connection, string schema, IReadOnlyList<string> noted, IOpsReporter reporter, CancellationToken ct)
    {
        if (noted.Count == 0) return;
        string[] gone = [.. noted.Except(await OfAsync(connection, schema, ct).ConfigureAwait(false))];
        if (gone.Length > 0)
            reporter.Warning($"When the backup was made, these belonged to {schema} from outside, so that it does not hold them, and they are not there now: {string.Join("; ", gone)}. Make them again after the restore.");
    }
}
