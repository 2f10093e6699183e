using static OpsModule.Connections.Postgres.Catalogues.CatalogueSql;

namespace OpsModule.Connections.Postgres.Catalogues;

/// <summary>What is read of types, operators and the rarer objects in schemas.</summary>
internal static class CatalogueOfTypes
{
    public static readonly string[] Queries =
    [
        Select("CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'e' THEN 'enum' WHEN 'r' THEN 'range' WHEN 'c' THEN 'row type' ELSE 'type' END", "n.nspname", "t.typname", $"""
            'owner', {Role("t.typowner")}, 'grants', {Grants("t.typacl", "T", "t.typowner")}, {Notes("pg_type", "t.oid")},
            'labels', (SELECT pg_catalog.jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
            'base', CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END, 'not null', {Flag("t.typnotnull")}, 'default', {Text("t.typdefault")},
            'collation', CASE WHEN t.typtype = 'd' AND t.typcollation <> 0 THEN t.typcollation::pg_catalog.regcollation::text END,
            'range', (SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(r.rngsubtype, NULL), nullif(r.rngcollation, 0)::pg_catalog.regcollation, r.rngcanonical, r.rngsubdiff)
                FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid),
            'functions', CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(' ', t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typlen, t.typbyval, t.typalign, t.typstorage,
                t.typcategory, t.typispreferred, t.typdelim) END
            """, $"""
            pg_catalog.pg_type t JOIN ns n ON n.oid = t.typnamespace WHERE {Own("pg_type", "t.oid")} AND t.typtype IN ('b', 'd', 'e', 'r', 'c')
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c') AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)
            """),
        Select("'extended statistics'", "n.nspname", "s.stxname", $"'owner', {Role("s.stxowner")}, 'definition', {Text("pg_catalog.pg_get_statisticsobjdef(s.oid)")}, 'target', STXTARGET, {Notes("pg_statistic_ext", "s.oid")}",
            "pg_catalog.pg_statistic_ext s JOIN ns n ON n.oid = s.stxnamespace"),
        Select("'operator'", "n.nspname", "o.oid::pg_catalog.regoperator", $"""
            'owner', {Role("o.oprowner")}, 'function', o.oprcode, 'negator', nullif(o.oprnegate, 0)::pg_catalog.regoperator, 'commutator', nullif(o.oprcom, 0)::pg_catalog.regoperator,
            'estimators', pg_catalog.concat_ws(' ', o.oprrest, o.oprjoin), 'hashes', {Flag("o.oprcanhash")}, 'merges', {Flag("o.oprcanmerge")}, {Notes("pg_operator", "o.oid")}
            """, $"pg_catalog.pg_operator o JOIN ns n ON n.oid = o.oprnamespace WHERE o.oprcode <> 0 AND {Own("pg_operator", "o.oid")}"),
        Select("'operator class'", "n.nspname", "m.amname || ' ' || o.opcname", $"""
            'owner', {Role("o.opcowner")}, 'type', pg_catalog.format_type(o.opcintype, NULL), 'default', {Flag("o.opcdefault")}, 'keys', CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END,
            {Notes("pg_opclass", "o.oid")}
            """, $"pg_catalog.pg_opclass o JOIN ns n ON n.oid = o.opcnamespace JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod WHERE {Own("pg_opclass", "o.oid")}"),
        Select("'operator family'", "n.nspname", "m.amname || ' ' || f.opfname", $"""
            'owner', {Role("f.opfowner")}, {Notes("pg_opfamily", "f.oid")},
            'operators', (SELECT pg_catalog.string_agg(p.amopstrategy || ' ' || p.amopopr::pg_catalog.regoperator, ', ' ORDER BY p.amopstrategy, p.amopopr::pg_catalog.regoperator::text)
                FROM pg_catalog.pg_amop p WHERE p.amopfamily = f.oid),
            'functions', (SELECT pg_catalog.string_agg(p.amprocnum || ' ' || p.amproc::pg_catalog.regprocedure, ', ' ORDER BY p.amprocnum, p.amproc::pg_catalog.regprocedure::text)
                FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid)
            """, $"pg_catalog.pg_opfamily f JOIN ns n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod WHERE {Own("pg_opfamily", "f.oid")}"),
        Select("'collation'", "n.nspname", "c.collname", $"'owner', {Role("c.collowner")}, 'provider', c.collprovider, 'nondeterministic', {Flag("NOT c.collisdeterministic")}, 'locale', c.collcollate, {Notes("pg_collation", "c.oid")}",
            $"pg_catalog.pg_collation c JOIN ns n ON n.oid = c.collnamespace WHERE {Own("pg_collation", "c.oid")}"),
        Select("'conversion'", "n.nspname", "c.conname", $"'owner', {Role("c.conowner")}, 'function', c.conproc, 'default', {Flag("c.condefault")}, {Notes("pg_conversion", "c.oid")}",
            $"pg_catalog.pg_conversion c JOIN ns n ON n.oid = c.connamespace WHERE {Own("pg_conversion", "c.oid")}"),
        Select("'text search configuration'", "n.nspname", "c.cfgname", $"""
            'owner', {Role("c.cfgowner")}, 'parser', (SELECT p.prsname FROM pg_catalog.pg_ts_parser p WHERE p.oid = c.cfgparser), {Notes("pg_ts_config", "c.oid")},
            'mapping', (SELECT pg_catalog.md5(pg_catalog.string_agg(m.maptokentype || ' ' || m.mapseqno || ' ' || m.mapdict::pg_catalog.regdictionary, ',' ORDER BY m.maptokentype, m.mapseqno))
                FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid)
            """, $"pg_catalog.pg_ts_config c JOIN ns n ON n.oid = c.cfgnamespace WHERE {Own("pg_ts_config", "c.oid")}"),
        Select("'text search dictionary'", "n.nspname", "d.dictname", $"'owner', {Role("d.dictowner")}, 'options', d.dictinitoption, {Notes("pg_ts_dict", "d.oid")}",
            $"pg_catalog.pg_ts_dict d JOIN ns n ON n.oid = d.dictnamespace WHERE {Own("pg_ts_dict", "d.oid")}"),
        Select("'text search parser'", "n.nspname", "p.prsname", $"'functions', pg_catalog.concat_ws(' ', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype), {Notes("pg_ts_parser", "p.oid")}",
            $"pg_catalog.pg_ts_parser p JOIN ns n ON n.oid = p.prsnamespace WHERE {Own("pg_ts_parser", "p.oid")}"),
        Select("'text search template'", "n.nspname", "t.tmplname", $"'functions', pg_catalog.concat_ws(' ', t.tmplinit, t.tmpllexize), {Notes("pg_ts_template", "t.oid")}",
            $"pg_catalog.pg_ts_template t JOIN ns n ON n.oid = t.tmplnamespace WHERE {Own("pg_ts_template", "t.oid")}"),
    ];
}
