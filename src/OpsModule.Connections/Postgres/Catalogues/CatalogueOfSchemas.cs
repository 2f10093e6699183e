using static OpsModule.Connections.Postgres.Catalogues.CatalogueSql;

namespace OpsModule.Connections.Postgres.Catalogues;

/// <summary>What is read of the objects in schemas: the same for a whole database and for a tenant's part of it.</summary>
internal static class CatalogueOfSchemas
{
    private static readonly string Columns = $"""
        (SELECT pg_catalog.jsonb_object_agg(a.attname, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
            'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'not null', {Flag("a.attnotnull")},
            'default', {Text("pg_catalog.pg_get_expr(f.adbin, f.adrelid)")}, 'generated', nullif(a.attgenerated, ''), 'identity', nullif(a.attidentity, ''),
            'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END, 'compression', COMPRESSION,
            'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END, 'options', {Options("a.attoptions")}, 'foreign options', {OptionNames("a.attfdwoptions")},
            'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::pg_catalog.regcollation::text END,
            'grants', CASE WHEN a.attacl IS NOT NULL THEN {Grants("a.attacl", null, "c.relowner")} END, {Notes("pg_class", "c.oid", "a.attnum")})))
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
        """;

    // How sequences count; what they have come to is compared with the archive, because it changes between two looks.
    private const string Counting = """
        (SELECT pg_catalog.format('%s start %s increment %s min %s max %s cache %s%s', pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
            CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END) FROM pg_catalog.pg_sequence s WHERE s.seqrelid = c.oid)
        """;

    private const string OwnedBy = """
        (SELECT d.refobjid::pg_catalog.regclass::text || '.' || a.attname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
        """;

    // By gravity: where a fingerprint grows too large, the last ones are kept as a sum only.
    public static readonly string[] Queries =
    [
        Select("'schema'", "n.nspname", "n.nspname", $"'owner', {Role("n.nspowner")}, 'grants', {Grants("n.nspacl", "n", "n.nspowner")}, {Notes("pg_namespace", "n.oid")}",
            $"ns n WHERE {Own("pg_namespace", "n.oid")}"),
        Select("CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'composite type' ELSE 'table' END",
            "n.nspname", "c.relname", $"""
            'owner', {Role("c.relowner")},
            'grants', CASE c.relkind WHEN 'c' THEN NULL WHEN 'S' THEN {Grants("c.relacl", "s", "c.relowner")} ELSE {Grants("c.relacl", "r", "c.relowner")} END,
            'row security', {Flag("c.relrowsecurity")}, 'row security forced', {Flag("c.relforcerowsecurity")}, {Notes("pg_class", "c.oid")},
            'persistence', nullif(c.relpersistence, 'p'), 'replica identity', nullif(nullif(c.relreplident, 'd'), 'n'),
            'options', {Options("c.reloptions")}, 'toast options', (SELECT {Options("o.reloptions")} FROM pg_catalog.pg_class o WHERE o.oid = c.reltoastrelid),
            'tablespace', (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace),
            'access method', (SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
            'parents', (SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
            'bound', {Text("pg_catalog.pg_get_expr(c.relpartbound, c.oid)")}, 'partition key', CASE WHEN c.relkind = 'p' THEN {Text("pg_catalog.pg_get_partkeydef(c.oid)")} END,
            'definition', CASE WHEN c.relkind IN ('v', 'm') THEN {Text("pg_catalog.pg_get_viewdef(c.oid)")} END, 'empty until refreshed', {Flag("c.relkind = 'm' AND NOT c.relispopulated")},
            'of type', CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END, 'counting', {Counting}, 'owned by', {OwnedBy},
            'server', (SELECT pg_catalog.concat_ws(' ', s.srvname, {OptionNames("f.ftoptions")}) FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
                WHERE f.ftrelid = c.oid)
            """, $"pg_catalog.pg_class c JOIN ns n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND {Own("pg_class", "c.oid")}"
            + $" AND NOT (c.relkind = 'c' AND NOT {Own("pg_type", "c.reltype")})"),
        Select("'policy'", "n.nspname", "c.relname || ' ' || p.polname", $"""
            'command', p.polcmd, 'restrictive', {Flag("NOT p.polpermissive")},
            'roles', (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE {Role("r")} END, ', ' ORDER BY r = 0, {Role("r")}) FROM pg_catalog.unnest(p.polroles) r),
            'using', {WholeText("pg_catalog.pg_get_expr(p.polqual, p.polrelid)")}, 'check', {WholeText("pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)")}, {Notes("pg_policy", "p.oid")}
            """, "pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN ns n ON n.oid = c.relnamespace"),
        Select("CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END", "n.nspname",
            "p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')'", $"""
            'owner', {Role("p.proowner")}, 'grants', {Grants("p.proacl", "f", "p.proowner")}, 'security definer', {Flag("p.prosecdef")}, 'settings', {Options("p.proconfig")},
            'language', l.lanname, 'volatility', p.provolatile, 'strict', {Flag("p.proisstrict")}, 'leakproof', {Flag("p.proleakproof")}, 'parallel', p.proparallel,
            'cost', p.procost, 'rows', p.prorows, 'support', nullif(p.prosupport::text, '-'), 'window', {Flag("p.prokind = 'w'")},
            'arguments', {Text("pg_catalog.pg_get_function_arguments(p.oid)")}, 'returns', pg_catalog.pg_get_function_result(p.oid),
            'body', {Text("coalesce(SQLBODY, p.prosrc) || coalesce(' ' || p.probin, '')")},
            'aggregate', (SELECT pg_catalog.md5(pg_catalog.concat_ws(' ', g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn,
                g.aggkind, g.aggnumdirectargs, g.aggfinalextra, g.aggfinalmodify, g.aggsortop::pg_catalog.regoperator, pg_catalog.format_type(g.aggtranstype, NULL), g.aggtransspace, g.agginitval))
                FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid), {Notes("pg_proc", "p.oid")}
            """, $"pg_catalog.pg_proc p JOIN ns n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE {Own("pg_proc", "p.oid")}"
            // A range type brings its constructors along.
            + " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objid = p.oid AND i.deptype = 'i')"),
        Select("'columns'", "n.nspname", "c.relname", $"'column', {Columns}", $"pg_catalog.pg_class c JOIN ns n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {Own("pg_class", "c.oid")}"
            + $" AND NOT (c.relkind = 'c' AND NOT {Own("pg_type", "c.reltype")})"),
        Select("'default privileges'", "coalesce(n.nspname, '')", $"{Role("a.defaclrole")} || ' ' || a.defaclobjtype", $"'grants', {Grants("a.defaclacl", null, "a.defaclrole")}",
            "pg_catalog.pg_default_acl a LEFT JOIN ns n ON n.oid = a.defaclnamespace WHERE n.oid IS NOT NULL OR a.defaclnamespace = 0 AND $1::text IS NULL"),
        Select("'trigger'", "n.nspname", "c.relname || ' ' || t.tgname", $"'definition', {Text("pg_catalog.pg_get_triggerdef(t.oid)")}, 'fires', t.tgenabled, {Notes("pg_trigger", "t.oid")}",
            "pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN ns n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal"),
        Select("'rule'", "n.nspname", "c.relname || ' ' || r.rulename", $"'definition', {Text("pg_catalog.pg_get_ruledef(r.oid)")}, 'fires', r.ev_enabled, {Notes("pg_rewrite", "r.oid")}",
            "pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN ns n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN'"),
        // Those of partitions get names of their own when they are made anew; the parent's stands for them.
        Select("'constraint'", "n.nspname", "coalesce(r.relname, t.typname) || ' ' || k.conname", $"""
            'definition', {Text("pg_catalog.pg_get_constraintdef(k.oid)")}, 'not validated', {Flag("NOT k.convalidated")}, 'deferrable', {Flag("k.condeferrable")},
            'initially deferred', {Flag("k.condeferred")}, {Notes("pg_constraint", "k.oid")}
            """, "pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class r ON r.oid = k.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid"
            + $" JOIN ns n ON n.oid = coalesce(r.relnamespace, t.typnamespace) WHERE k.conparentid = 0 AND k.contype IN ('c', 'f', 'p', 'u', 'x') AND {Own("pg_class", "coalesce(k.conrelid, 0)")}"),
        Select("'index'", "n.nspname", "i.relname", $"""
            'definition', {Text("pg_catalog.pg_get_indexdef(i.oid)")}, 'not valid', {Flag("NOT x.indisvalid")}, 'clustered', {Flag("x.indisclustered")}, 'replica identity', {Flag("x.indisreplident")},
            'tablespace', (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = i.reltablespace), 'parent', (SELECT h.inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.oid),
            'statistics', (SELECT pg_catalog.string_agg(a.attnum || '=' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0), {Notes("pg_class", "i.oid")}
            """, $"pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN ns n ON n.oid = i.relnamespace WHERE {Own("pg_class", "x.indrelid")}"),
        .. CatalogueOfTypes.Queries,
    ];
}
