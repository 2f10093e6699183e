using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Tables for whose rows functions are called while they are loaded: for generated columns, keys of partitions, and domains inside other
/// types. What such a function looks for by name, other functions or tables, is found only while the staged schema has the live name and
/// holds all else. So these tables are loaded last and by one connection, in a transaction in which it has that name.
/// </summary>
internal static class LateTables
{
    // Built-in functions, operators and types have no entries in pg_depend.
    private const string FindSql = """
        WITH RECURSIVE ns AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1),
        functions (oid) AS (VALUES ('pg_catalog.pg_proc'::pg_catalog.regclass::oid), ('pg_catalog.pg_operator'::pg_catalog.regclass), ('pg_catalog.pg_opclass'::pg_catalog.regclass)),
        holds (rel, typ) AS (
            SELECT a.attrelid, a.atttypid FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = (SELECT oid FROM ns) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            UNION
            SELECT h.rel, sub.typ FROM holds h JOIN pg_catalog.pg_type t ON t.oid = h.typ CROSS JOIN LATERAL (
                SELECT t.typelem WHERE t.typelem <> 0 UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
                UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
                UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0) AS sub (typ)),
        calling (oid) AS (
            SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'p' AND c.relnamespace = (SELECT oid FROM ns)
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid IN (SELECT oid FROM functions)
            UNION
            SELECT f.adrelid FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_class c ON c.oid = f.adrelid AND c.relnamespace = (SELECT oid FROM ns)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum AND a.attgenerated <> ''
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = f.oid AND d.refclassid IN (SELECT oid FROM functions)
            UNION
            SELECT h.rel FROM holds h JOIN pg_catalog.pg_constraint k ON k.contypid = h.typ AND k.contypid <> 0
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid AND d.refclassid IN (SELECT oid FROM functions)),
        late (oid) AS (SELECT oid FROM calling UNION SELECT i.inhrelid FROM late l JOIN pg_catalog.pg_inherits i ON i.inhparent = l.oid)
        SELECT DISTINCT c.relname::text FROM late l JOIN pg_catalog.pg_class c ON c.oid = l.oid
        """;

    /// <summary>The entries of an archive that hold rows of such tables.</summary>
    public static async Task<IReadOnlySet<int>> FindAsync(NpgsqlConnection connection, string stage, ArchiveScope scope, CancellationToken ct)
    {
        HashSet<string> tables = [.. await connection.NamesAsync(FindSql, ct, stage).ConfigureAwait(false)];
        return tables.Count == 0 ? new HashSet<int>() : scope.Tables.Where(e => tables.Contains(CopyTarget.Of(e).Table)).Select(e => e.DumpId).ToHashSet();
    }

    /// <summary>Loads them, over a connection that sees the staged schema under its live name.</summary>
    public static async Task<IReadOnlyList<TableDigest>> LoadAsync(NpgsqlConnection connection, RestoreSource source, IReadOnlySet<int> entries, CancellationToken ct)
    {
        var loaded = new Dictionary<CopyTarget, RowDigest>();
        while (await source.Reader.NextBlockAsync(ct).ConfigureAwait(false) is { } entry)
        {
            if (!entries.Contains(entry.DumpId)) continue;
            CopyTarget target = CopyTarget.Of(entry);
            if (!loaded.TryGetValue(target, out RowDigest? digest)) loaded[target] = digest = new RowDigest();
            try
            {
                CopyIn copy = await CopyIn.BeginAsync(connection, target.FromStdin(target.Schema, source.Scope.Encoding), ct).ConfigureAwait(false);
                await source.Reader.ReadRowsAsync(rows =>
                {
                    digest.Append(rows.Span);
                    return copy.WriteAsync(rows, ct);
                }, ct).ConfigureAwait(false);
                await copy.CompleteAsync().ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw new OpsException("LoadFailed", OpsErrorCategory.InvalidData, $"Loading {target.Schema}.{target.Table} failed: {e.MessageText} (SQLSTATE {e.SqlState}).",
                    "Nothing live was changed. Mend what the server reports, then run the command again.", target.Table, e);
            }
        }
        await source.FinishAsync(ct).ConfigureAwait(false);
        return [.. loaded.Select(t => t.Value.ForTable(t.Key.Schema, t.Key.Table))];
    }
}
