using Npgsql;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery.Planning;

/// <summary>Compares the tables of a backup with the live ones, by their row counts.</summary>
internal static class PlannedChanges
{
    private const string TablesSql = """
        SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ($1::text IS NULL OR n.nspname = $1)
          AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^ops_(stage|replaced)_'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1, 2
        """;

    /// <summary>Counts the rows of every live table, of one schema or all.</summary>
    public static async Task<IReadOnlyDictionary<(string Schema, string Table), long>> CountAsync(NpgsqlConnection connection, string? schema, CancellationToken ct)
    {
        var counts = new Dictionary<(string, string), long>();
        foreach ((string s, string t) in await connection.ListAsync(TablesSql, r => (r.GetString(0), r.GetString(1)), ct, schema).ConfigureAwait(false))
            counts[(s, t)] = await connection.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM ONLY {SqlName.Quote(s, t)}", ct).ConfigureAwait(false);
        return counts;
    }

    /// <summary>What becomes of each table, those that change first.</summary>
    public static IReadOnlyList<TableChange> Compare(IEnumerable<TableDigest> manifest, IReadOnlyDictionary<(string Schema, string Table), long> live)
    {
        var changes = new List<TableChange>();
        var seen = new HashSet<(string, string)>();
        foreach (TableDigest table in manifest.Where(t => t.Schema.Length > 0))
        {
            seen.Add((table.Schema, table.Table));
            long? now = live.TryGetValue((table.Schema, table.Table), out long rows) ? rows : null;
            TableChangeKind kind = now is null ? TableChangeKind.Appears : now == table.Rows ? TableChangeKind.Same : TableChangeKind.RowCount;
            changes.Add(new TableChange(table.Schema, table.Table, kind, now, table.Rows));
        }
        foreach (((string schema, string table), long rows) in live)
            if (!seen.Contains((schema, table))) changes.Add(new TableChange(schema, table, TableChangeKind.Vanishes, rows, null));
        return [.. changes.OrderBy(c => c.Change == TableChangeKind.Same)];
    }
}
