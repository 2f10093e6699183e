using static OpsModule.Connections.Postgres.Catalogues.CatalogueSql;

namespace OpsModule.Connections.Postgres.Catalogues;

/// <summary>What is read of the objects that are in no schema, when it is a whole database.</summary>
internal static class CatalogueOfDatabase
{
    private const string InSchemasOf = "(SELECT pg_catalog.string_agg(n.nspname, ', ' ORDER BY n.nspname) FROM pg_catalog.pg_publication_namespace m JOIN ns n ON n.oid = m.pnnspid WHERE m.pnpubid = p.oid)";

    // What initdb or an extension has made and somebody has granted or revoked since. Of the system's schemas pg_dump looks into pg_catalog only.
    private static string OfSystem(string what, string catalog, string acl, string kind, string owner, string name, string schema)
    {
        string now = $"coalesce(o.{acl}, pg_catalog.acldefault('{kind}', o.{owner}))", before = $"coalesce(i.initprivs, pg_catalog.acldefault('{kind}', o.{owner}))";
        return Select($"'grants on {what} of the system'", "''", name, $"'grants', {Grants("o." + acl, kind, "o." + owner)}", $"""
            pg_catalog.{catalog} o LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = o.oid AND i.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND i.objsubid = 0
            WHERE o.{acl} IS NOT NULL AND (o.oid < 16384 AND {schema} OR NOT {Own(catalog, "o.oid")}) AND NOT ({now} @> {before} AND {before} @> {now})
            """);
    }

    public static readonly string[] Queries =
    [
        Select("'database'", "''", "''", $$"""
            'owner', {{Role("b.datdba")}}, 'grants', {{Grants("b.datacl", "d", "b.datdba")}}, 'connection limit', nullif(b.datconnlimit, -1),
            'settings', (SELECT pg_catalog.jsonb_object_agg(coalesce(r.rolname, '@all'), (SELECT pg_catalog.jsonb_object_agg(pg_catalog.split_part(o, '=', 1), pg_catalog.substr(o, pg_catalog.strpos(o, '=') + 1)) FROM pg_catalog.unnest(s.setconfig) o))
                FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = b.oid)
            """, "pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()"),
        OfSystem("relation", "pg_class", "relacl", "r", "relowner", "o.oid::pg_catalog.regclass", "o.relnamespace = 'pg_catalog'::pg_catalog.regnamespace"),
        OfSystem("function", "pg_proc", "proacl", "f", "proowner", "o.oid::pg_catalog.regprocedure", "o.pronamespace = 'pg_catalog'::pg_catalog.regnamespace"),
        OfSystem("schema", "pg_namespace", "nspacl", "n", "nspowner", "o.nspname", "o.nspname = 'pg_catalog'"),
        OfSystem("type", "pg_type", "typacl", "T", "typowner", "pg_catalog.format_type(o.oid, NULL)", "o.typnamespace = 'pg_catalog'::pg_catalog.regnamespace"),
        OfSystem("language", "pg_language", "lanacl", "l", "lanowner", "o.lanname", "true"),
        Select("'extension'", "''", "e.extname", $"'version', e.extversion, 'schema', s.nspname, {Notes("pg_extension", "e.oid")}", "pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace s ON s.oid = e.extnamespace"),
        Select("'event trigger'", "''", "e.evtname", $"'owner', {Role("e.evtowner")}, 'event', e.evtevent, 'tags', {Options("e.evttags")}, 'function', e.evtfoid::pg_catalog.regprocedure, 'fires', e.evtenabled, {Notes("pg_event_trigger", "e.oid")}",
            $"pg_catalog.pg_event_trigger e WHERE {Own("pg_event_trigger", "e.oid")}"),
        Select("'publication'", "''", "p.pubname", $"""
            'owner', {Role("p.pubowner")}, 'all tables', {Flag("p.puballtables")}, 'publishes', pg_catalog.concat_ws(', ', {Publishes("insert")}, {Publishes("update")}, {Publishes("delete")}, {Publishes("truncate")}),
            'through the root', {Flag("p.pubviaroot")}, 'schemas', INSCHEMAS,
            'table', (SELECT pg_catalog.jsonb_object_agg(m.prrelid::pg_catalog.regclass::text, COLUMNSOF) FROM pg_catalog.pg_publication_rel m
                JOIN pg_catalog.pg_class c ON c.oid = m.prrelid JOIN ns n ON n.oid = c.relnamespace WHERE m.prpubid = p.oid), {Notes("pg_publication", "p.oid")}
            """, "pg_catalog.pg_publication p"),
        // The connection is nobody's business here, and only superusers may read it.
        Select("'subscription'", "''", "s.subname", $"'owner', {Role("s.subowner")}, 'slot', s.subslotname, 'publications', {Options("s.subpublications")}",
            "pg_catalog.pg_subscription s WHERE s.subdbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())"),
        Select("'cast'", "''", "pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL)",
            $"'function', CASE WHEN c.castfunc <> 0 THEN c.castfunc::pg_catalog.regprocedure::text END, 'context', c.castcontext, 'method', c.castmethod, {Notes("pg_cast", "c.oid")}",
            $"pg_catalog.pg_cast c WHERE c.oid >= 16384 AND {Own("pg_cast", "c.oid")}"),
        Select("'language'", "''", "l.lanname", $"'owner', {Role("l.lanowner")}, 'grants', {Grants("l.lanacl", "l", "l.lanowner")}, 'trusted', {Flag("l.lanpltrusted")}, {Notes("pg_language", "l.oid")}",
            $"pg_catalog.pg_language l WHERE l.oid >= 16384 AND {Own("pg_language", "l.oid")}"),
        Select("'foreign data wrapper'", "''", "f.fdwname", $"'owner', {Role("f.fdwowner")}, 'grants', {Grants("f.fdwacl", "F", "f.fdwowner")}, 'options', {OptionNames("f.fdwoptions")}, {Notes("pg_foreign_data_wrapper", "f.oid")}",
            $"pg_catalog.pg_foreign_data_wrapper f WHERE {Own("pg_foreign_data_wrapper", "f.oid")}"),
        Select("'foreign server'", "''", "s.srvname", $"'owner', {Role("s.srvowner")}, 'grants', {Grants("s.srvacl", "S", "s.srvowner")}, 'kind', pg_catalog.concat_ws(' ', s.srvtype, s.srvversion), 'options', {OptionNames("s.srvoptions")}, {Notes("pg_foreign_server", "s.oid")}",
            $"pg_catalog.pg_foreign_server s WHERE {Own("pg_foreign_server", "s.oid")}"),
        Select("'user mapping'", "''", "m.srvname || ' ' || m.usename", "'there', true", "pg_catalog.pg_user_mappings m"),
        Select("'access method'", "''", "a.amname", $"'handler', a.amhandler, 'type', a.amtype, {Notes("pg_am", "a.oid")}", $"pg_catalog.pg_am a WHERE a.oid >= 16384 AND {Own("pg_am", "a.oid")}"),
        Select("'transform'", "''", "pg_catalog.format_type(t.trftype, NULL) || ' ' || l.lanname", "'functions', pg_catalog.concat_ws(' ', t.trffromsql::pg_catalog.regprocedure, t.trftosql::pg_catalog.regprocedure)",
            $"pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang WHERE {Own("pg_transform", "t.oid")}"),
        Select("'large object'", "''", "o.oid", $"'owner', {Role("o.lomowner")}, 'grants', {Grants("o.lomacl", "L", "o.lomowner")}, {Notes("pg_largeobject", "o.oid")}",
            "pg_catalog.pg_largeobject_metadata o WHERE (SELECT count(*) FROM (SELECT FROM pg_catalog.pg_largeobject_metadata LIMIT 20001) few) <= 20000"),
        // Where there are very many: those of one owner and the same privileges together.
        Select("'large objects'", "''", "coalesce(o.acl, '') || ' of ' || o.owner", "'count', o.n, 'sum', o.sum", $"""
            (SELECT {Role("m.lomowner")} AS owner, m.lomacl::text AS acl, count(*) AS n, pg_catalog.md5(pg_catalog.string_agg(m.oid::text, ',' ORDER BY m.oid)) AS sum
             FROM pg_catalog.pg_largeobject_metadata m WHERE (SELECT count(*) FROM (SELECT FROM pg_catalog.pg_largeobject_metadata LIMIT 20001) few) > 20000 GROUP BY m.lomowner, m.lomacl::text) o
            """),
    ];

    /// <summary>Fills in what differs between the versions of the server.</summary>
    public static string For(int major, string query) => query
        .Replace("COMPRESSION", major >= 14 ? "nullif(a.attcompression, '')" : "NULL::text", StringComparison.Ordinal)
        .Replace("SQLBODY", major >= 14 ? "pg_catalog.pg_get_function_sqlbody(p.oid)" : "NULL::text", StringComparison.Ordinal)
        .Replace("STXTARGET", major >= 13 ? "nullif(s.stxstattarget, -1)" : "NULL::text", StringComparison.Ordinal)
        .Replace("p.pubviaroot", major >= 13 ? "p.pubviaroot" : "false", StringComparison.Ordinal)
        .Replace("INSCHEMAS", major >= 15 ? InSchemasOf : "NULL::text", StringComparison.Ordinal)
        .Replace("COLUMNSOF", major >= 15
            ? "pg_catalog.chr(1) || pg_catalog.concat_ws(' ', (SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs)), 'where ' || pg_catalog.pg_get_expr(m.prqual, m.prrelid))"
            : "''", StringComparison.Ordinal);

    private static string Publishes(string what) => $"CASE WHEN p.pub{what} THEN '{what}' END";
}
