using Npgsql;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// Finds what lies outside a schema and refers to something inside it. PostgreSQL keeps such references by object id, so after a
/// switch they would still point to the replaced objects: a foreign key would check the old rows, a view would show them.
/// </summary>
public static class OutsideReferences
{
    // Every dependency on something inside, by an object whose own schema (or whose table's schema) is another one or none.
    private const string FindSql = """
        WITH ns AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1),
        inside AS (
            SELECT 'pg_catalog.pg_class'::regclass::oid AS classid, oid FROM pg_catalog.pg_class WHERE relnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid FROM pg_catalog.pg_type WHERE typnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid FROM pg_catalog.pg_proc WHERE pronamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid FROM pg_catalog.pg_operator WHERE oprnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_opclass'::regclass, oid FROM pg_catalog.pg_opclass WHERE opcnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, oid FROM pg_catalog.pg_opfamily WHERE opfnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_collation'::regclass, oid FROM pg_catalog.pg_collation WHERE collnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_conversion'::regclass, oid FROM pg_catalog.pg_conversion WHERE connamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, oid FROM pg_catalog.pg_ts_config WHERE cfgnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_ts_dict'::regclass, oid FROM pg_catalog.pg_ts_dict WHERE dictnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_ts_parser'::regclass, oid FROM pg_catalog.pg_ts_parser WHERE prsnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_ts_template'::regclass, oid FROM pg_catalog.pg_ts_template WHERE tmplnamespace = (SELECT oid FROM ns)
            UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid FROM ns)
        SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS what
        FROM pg_catalog.pg_depend d
        JOIN inside i ON i.classid = d.refclassid AND i.oid = d.refobjid
        LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
        LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid
        LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
        LEFT JOIN pg_catalog.pg_rewrite w ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
        LEFT JOIN pg_catalog.pg_trigger t ON d.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = d.objid
        LEFT JOIN pg_catalog.pg_policy p ON d.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = d.objid
        LEFT JOIN pg_catalog.pg_statistic_ext s ON d.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = d.objid
        LEFT JOIN pg_catalog.pg_class tc ON tc.oid = coalesce(f.adrelid, w.ev_class, t.tgrelid, p.polrelid)
        WHERE NOT EXISTS (SELECT FROM inside o WHERE o.classid = d.classid AND o.oid = d.objid)
          AND coalesce(c.relnamespace, k.connamespace, s.stxnamespace, tc.relnamespace, 0) <> (SELECT oid FROM ns)
          AND c.relkind IS DISTINCT FROM 't' AND NOT coalesce(t.tgisinternal, false)
          AND d.classid NOT IN ('pg_catalog.pg_default_acl'::regclass, 'pg_catalog.pg_publication_rel'::regclass,
              'pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass)
          -- The cast that comes with every range type, to its multirange, is made and dropped with it.
          AND NOT (d.classid = 'pg_catalog.pg_cast'::regclass AND EXISTS (SELECT FROM pg_catalog.pg_depend own
              JOIN inside made ON made.classid = own.refclassid AND made.oid = own.refobjid
              WHERE own.classid = d.classid AND own.objid = d.objid AND own.deptype = 'i'))
          AND d.classid <> coalesce(pg_catalog.to_regclass('pg_catalog.pg_publication_namespace')::oid, 0)
        UNION
        SELECT pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, h.inhparent, 0) || ' (parent of '
            || pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, h.inhrelid, 0) || ')'
        FROM pg_catalog.pg_inherits h
        JOIN pg_catalog.pg_class child ON child.oid = h.inhrelid JOIN pg_catalog.pg_class parent ON parent.oid = h.inhparent
        WHERE child.relnamespace = (SELECT oid FROM ns) AND parent.relnamespace <> child.relnamespace
        ORDER BY 1
        """;

    // regrole is left out: roles are not replaced.
    private const string ObjectIdColumnsSql = """
        WITH RECURSIVE holds (typ, col) AS (
            SELECT a.atttypid, pg_catalog.quote_ident(c.relname) || '.' || pg_catalog.quote_ident(a.attname)
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            UNION
            SELECT sub.typ, h.col FROM holds h JOIN pg_catalog.pg_type t ON t.oid = h.typ CROSS JOIN LATERAL (
                SELECT t.typelem WHERE t.typelem <> 0 UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
                UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0
            ) AS sub (typ))
        SELECT DISTINCT col || ' (' || pg_catalog.format_type(typ, NULL) || ')' FROM holds
        WHERE typ::regtype::text IN ('regclass', 'regproc', 'regprocedure', 'regoper', 'regoperator', 'regtype', 'regconfig',
            'regdictionary', 'regnamespace', 'regcollation')
        """;

    /// <summary>Descriptions of all objects outside that refer to something inside.</summary>
    public static Task<List<string>> FindAsync(NpgsqlConnection connection, string schema, CancellationToken ct) => connection.NamesAsync(FindSql, ct, schema);

    /// <summary>Columns of tables whose values are object ids, such as regclass: restored, they would point to replaced objects.</summary>
    public static Task<List<string>> ObjectIdColumnsAsync(NpgsqlConnection connection, string schema, CancellationToken ct) =>
        connection.NamesAsync(ObjectIdColumnsSql, ct, schema);

    private static Task<List<string>> ExtensionsAsync(NpgsqlConnection connection, string schema, CancellationToken ct) => connection.NamesAsync("""
        SELECT e.extname::text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname = $1 ORDER BY 1
        """, ct, schema);

    /// <summary>Refuses when there is any.</summary>
    /// <exception cref="OpsException"><c>OutsideReferences</c>, with the list.</exception>
    public static async Task RefuseAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        List<string> found = await FindAsync(connection, schema, ct).ConfigureAwait(false);
        if (found.Count == 0) return;
        // To drop an extension would drop the columns of its types along with it.
        string[] extensions = [.. await ExtensionsAsync(connection, schema, ct).ConfigureAwait(false)];
        string advice = found.Count == extensions.Length ? "Or restore" : "Drop the others before the restore and make them again after it, or restore";
        throw new OpsException("OutsideReferences", OpsErrorCategory.InvalidOperation,
            $"Objects outside the schema {schema} refer to objects inside it and would go on using the replaced ones: {string.Join("; ", found)}.",
            extensions.Length == 0
                ? "Drop them before the restore and make them again after it, or restore the whole database."
                : $"Do not drop the extension: its types' columns would go with it. Move it to a schema of its own ({string.Join(" ", extensions.Select(e => $"ALTER EXTENSION {SqlName.Quote(e)} SET SCHEMA ...;"))}) and back up the tenant anew; this backup still names its types in {schema}. {advice} the whole database.",
            schema);
    }
}
