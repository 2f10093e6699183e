using System.Globalization;
using System.Text;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>A script for psql that counts what a manifest has counted, and fails where it is another number.</summary>
internal static class KitRows
{
    public static string Script(IReadOnlyList<TableDigest> tables)
    {
        var sql = new StringBuilder("SET search_path = pg_catalog;\n");
        // Large objects have no table of their own.
        foreach (TableDigest table in tables.Where(t => t.Schema.Length > 0))
            sql.Append("DO ").Append(SqlName.Literal(Check(table))).Append(";\n");
        int count = tables.Count(t => t.Schema.Length > 0);
        return sql.Append(CultureInfo.InvariantCulture, $"\\echo {count} tables have the rows that were backed up\n").ToString();
    }

    private static string Check(TableDigest table)
    {
        string rows = table.Rows.ToString(CultureInfo.InvariantCulture),
            name = SqlName.Literal($"{table.Schema}.{table.Table}");
        return $"DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM ONLY {SqlName.Quote(table.Schema, table.Table)}; "
            + $"IF n <> {rows} THEN RAISE EXCEPTION '% has % rows, and {rows} were backed up', {name}, n; END IF; END";
    }
}
