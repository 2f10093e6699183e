-- Everything that a restore has to bring back, one line for each thing: the rows of the system catalogue as they are, without numbers that
-- are another database's own. Shares nothing with what the module reads. Variable: only = a schema, or empty for the whole database.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET search_path = ''; SET quote_all_identifiers = off; SET standard_conforming_strings = on; SET array_nulls = on; SET xmloption = content; SET extra_float_digits = 3; SET timezone = UTC; SET datestyle = ISO; SET intervalstyle = postgres; SET bytea_output = hex; SET row_security = off;
CREATE TEMP VIEW ns AS SELECT oid, nspname FROM pg_catalog.pg_namespace
  WHERE CASE WHEN :'only' = '' THEN nspname !~ '^pg_' AND nspname !~ '^ops_' AND nspname <> 'information_schema' ELSE nspname = :'only' END;
CREATE TEMP VIEW ext AS SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e';
CREATE FUNCTION pg_temp.acl(a pg_catalog.aclitem[], k pg_catalog."char", o pg_catalog.oid) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(pg_catalog.string_agg(x::text, ' ' ORDER BY x::text), 'none') FROM pg_catalog.unnest(coalesce(a, CASE WHEN k = '-' THEN '{}' ELSE pg_catalog.acldefault(k, o) END)) x $$;
CREATE FUNCTION pg_temp.who(o pg_catalog.oid) RETURNS text LANGUAGE sql AS $$ SELECT pg_catalog.pg_get_userbyid(o)::text $$;
CREATE FUNCTION pg_temp.less(j jsonb, names text) RETURNS text LANGUAGE sql AS $$ SELECT (j - pg_catalog.string_to_array(names, ' '))::text $$;
CREATE TEMP TABLE found (line text);

INSERT INTO found SELECT 'schema ' || n.nspname || ' ' || pg_temp.who(n.nspowner) || ' ' || pg_temp.acl(n.nspacl, 'n', n.nspowner) FROM pg_catalog.pg_namespace n JOIN ns USING (oid);
INSERT INTO found SELECT 'relation ' || c.oid::pg_catalog.regclass || ' ' || pg_temp.who(c.relowner) || ' ' || CASE WHEN c.relkind IN ('i', 'I', 'c') THEN '' ELSE pg_temp.acl(c.relacl, (CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::pg_catalog."char", c.relowner) END
    || coalesce(' am ' || m.amname, '') || coalesce(' in ' || s.spcname, '') || coalesce(' of ' || nullif(c.reloftype, 0)::pg_catalog.regtype, '') || coalesce(' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid), '')
    || coalesce(' toast ' || t.reloptions::text, '') || CASE c.relkind WHEN 'p' THEN ' by ' || pg_catalog.pg_get_partkeydef(c.oid) WHEN 'v' THEN pg_catalog.pg_get_viewdef(c.oid) WHEN 'm' THEN pg_catalog.pg_get_viewdef(c.oid) ELSE '' END
    || pg_temp.less(pg_catalog.to_jsonb(c), 'oid relnamespace relname reltype reloftype relowner relam relfilenode reltablespace relpages reltuples relallvisible reltoastrelid relhasindex relnatts relhasrules relhastriggers relhassubclass relrewrite relfrozenxid relminmxid relacl relpartbound')
  FROM pg_catalog.pg_class c JOIN ns ON ns.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
  WHERE c.oid NOT IN (SELECT objid FROM ext) AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x WHERE x.indexrelid = c.oid AND x.indrelid IN (SELECT objid FROM ext)) AND NOT (c.relkind = 'c' AND c.reltype IN (SELECT objid FROM ext));
INSERT INTO found SELECT 'parent ' || i.inhrelid::pg_catalog.regclass || ' ' || i.inhparent::pg_catalog.regclass || ' ' || i.inhseqno FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN ns ON ns.oid = c.relnamespace;
INSERT INTO found SELECT 'column ' || c.oid::pg_catalog.regclass || '.' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
    || ' ' || pg_temp.acl(a.attacl, '-', 0) || CASE WHEN a.attcollation = 0 THEN '' ELSE ' ' || a.attcollation::pg_catalog.regcollation END
    || pg_temp.less(pg_catalog.to_jsonb(a), 'attrelid attname atttypid attnum attcacheoff attndims atttypmod atthasmissing attmissingval attislocal attinhcount attcollation attacl attfdwoptions')
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN ns ON ns.oid = c.relnamespace LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 'S') AND c.oid NOT IN (SELECT objid FROM ext) AND c.reltype NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'index ' || x.indexrelid::pg_catalog.regclass || ' ' || pg_catalog.pg_get_indexdef(x.indexrelid) || ' ' || pg_catalog.concat_ws(' ', x.indisvalid, x.indisready, x.indislive, x.indisclustered, x.indisreplident, x.indimmediate, x.indisprimary)
    || coalesce((SELECT pg_catalog.string_agg(' stat ' || a.attnum || '=' || a.attstattarget, '' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.indexrelid AND a.attstattarget >= 0), '')
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid JOIN ns ON ns.oid = c.relnamespace WHERE x.indrelid NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'constraint ' || coalesce(nullif(k.conrelid, 0)::pg_catalog.regclass::text, nullif(k.contypid, 0)::pg_catalog.regtype::text, '') || ' ' || k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
    || ' ' || pg_catalog.concat_ws(' ', k.convalidated, k.condeferrable, k.condeferred, CASE WHEN k.contype = 'c' THEN k.connoinherit END)
  FROM pg_catalog.pg_constraint k JOIN ns ON ns.oid = k.connamespace WHERE k.conparentid = 0 AND k.contype <> 't' AND k.conrelid NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'trigger ' || pg_catalog.pg_get_triggerdef(t.oid) || pg_catalog.concat_ws(' ', '', t.tgenabled, t.tgdeferrable, t.tginitdeferred) FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN ns ON ns.oid = c.relnamespace WHERE NOT t.tgisinternal;
INSERT INTO found SELECT 'rule ' || pg_catalog.pg_get_ruledef(r.oid) || pg_catalog.concat_ws(' ', '', r.ev_enabled) FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN ns ON ns.oid = c.relnamespace WHERE c.oid NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'policy ' || p.polrelid::pg_catalog.regclass || ' ' || p.polname || ' ' || p.polcmd::text || p.polpermissive::text || ' ' || (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_temp.who(r) END, ',' ORDER BY pg_temp.who(r)) FROM pg_catalog.unnest(p.polroles) r)
    || pg_catalog.concat_ws(' ', '', 'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN ns ON ns.oid = c.relnamespace;
INSERT INTO found SELECT 'function ' || p.oid::pg_catalog.regprocedure || ' ' || pg_temp.who(p.proowner) || ' ' || pg_temp.acl(p.proacl, 'f', p.proowner) || ' '
    || CASE WHEN p.prokind = 'a' THEN (SELECT pg_temp.less(pg_catalog.to_jsonb(g), 'aggfnoid aggsortop aggtranstype aggmtranstype') || pg_catalog.format_type(g.aggtranstype, NULL) || g.aggsortop::pg_catalog.regoperator::text FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid) ELSE pg_catalog.pg_get_functiondef(p.oid) END
    || coalesce(p.proconfig::text, '') FROM pg_catalog.pg_proc p JOIN ns ON ns.oid = p.pronamespace WHERE p.oid NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'type ' || t.oid::pg_catalog.regtype || ' ' || pg_temp.who(t.typowner) || ' ' || CASE WHEN t.typtype = 'm' OR EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid) THEN '' ELSE pg_temp.acl(t.typacl, 'T', t.typowner) END
    || ' ' || pg_catalog.concat_ws(' ', pg_catalog.format_type(nullif(t.typbasetype, 0), t.typtypmod), nullif(t.typcollation, 0)::pg_catalog.regcollation, nullif(t.typelem, 0)::pg_catalog.regtype)
    || pg_temp.less(pg_catalog.to_jsonb(t), 'oid typname typnamespace typowner typrelid typelem typarray typbasetype typcollation typacl typdefaultbin')
    || coalesce((SELECT pg_catalog.string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '')
    || coalesce((SELECT pg_catalog.concat_ws(' ', r.rngsubtype::pg_catalog.regtype, r.rngcanonical, r.rngsubdiff, nullif(r.rngcollation, 0)::pg_catalog.regcollation) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid), '')
  FROM pg_catalog.pg_type t JOIN ns ON ns.oid = t.typnamespace WHERE t.oid NOT IN (SELECT objid FROM ext) AND t.typelem NOT IN (SELECT objid FROM ext) AND t.typrelid NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'default acl ' || pg_temp.who(d.defaclrole) || ' ' || coalesce(ns.nspname, '') || ' ' || d.defaclobjtype::text || ' ' || pg_temp.acl(d.defaclacl, '-', 0) FROM pg_catalog.pg_default_acl d LEFT JOIN ns ON ns.oid = d.defaclnamespace WHERE ns.oid IS NOT NULL OR :'only' = '' AND d.defaclnamespace = 0;
INSERT INTO found SELECT 'statistics ' || pg_catalog.pg_get_statisticsobjdef(s.oid) || ' ' || s.stxstattarget::text || ' ' || pg_temp.who(s.stxowner) FROM pg_catalog.pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace;
INSERT INTO found SELECT 'object ' || pg_catalog.pg_describe_object(x.cls, x.oid, 0) || ' ' || pg_temp.who(x.own) || x.more FROM (
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid AS cls, oid, oprnamespace AS nsp, oprowner AS own, pg_temp.less(pg_catalog.to_jsonb(o), 'oid oprname oprnamespace oprowner oprleft oprright oprresult oprcom oprnegate') AS more FROM pg_catalog.pg_operator o
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, opcnamespace, opcowner, opcdefault::text || opcintype::pg_catalog.regtype::text FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, opfnamespace, opfowner, coalesce((SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object('pg_catalog.pg_amop'::pg_catalog.regclass, a.oid, 0), ';' ORDER BY a.amopstrategy, a.amopopr::pg_catalog.regoperator::text) FROM pg_catalog.pg_amop a WHERE a.amopfamily = f.oid), '') FROM pg_catalog.pg_opfamily f
    UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, oid, collnamespace, collowner, pg_temp.less(pg_catalog.to_jsonb(c), 'oid collnamespace collowner collversion') FROM pg_catalog.pg_collation c
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid, connamespace, conowner, condefault::text || conproc::text FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, cfgnamespace, cfgowner, coalesce((SELECT pg_catalog.string_agg(m.maptokentype::text || ':' || m.mapdict::pg_catalog.regdictionary::text, ',' ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid), '') FROM pg_catalog.pg_ts_config c
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid, dictnamespace, dictowner, coalesce(dictinitoption, '') FROM pg_catalog.pg_ts_dict
  ) x JOIN ns ON ns.oid = x.nsp WHERE x.oid NOT IN (SELECT objid FROM ext);
-- Whatever is commented on or labelled, and is in one of the schemas or in none.
INSERT INTO found SELECT 'comment ' || pg_catalog.pg_describe_object(d.classoid, d.objoid, d.objsubid) || ' ' || d.description FROM pg_catalog.pg_description d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  WHERE d.objoid >= 16384 AND d.objoid NOT IN (SELECT objid FROM ext) AND (:'only' = '' OR i.schema = :'only' OR i.type = 'schema' AND i.name = pg_catalog.quote_ident(:'only') OR i.identity LIKE '% on ' || pg_catalog.quote_ident(:'only') || '.%')
    AND i.identity !~ '^"?ops_' AND coalesce(i.schema, '') !~ '^"?ops_';

SELECT :'only' = '' AS whole \gset
\if :whole
INSERT INTO found SELECT 'extension ' || e.extname || ' ' || e.extversion || ' ' || e.extnamespace::pg_catalog.regnamespace FROM pg_catalog.pg_extension e;
INSERT INTO found SELECT 'event trigger ' || e.evtname || ' ' || pg_temp.who(e.evtowner) || ' ' || e.evtevent::text || e.evtenabled::text || e.evtfoid::pg_catalog.regproc::text || coalesce(e.evttags::text, '') FROM pg_catalog.pg_event_trigger e;
INSERT INTO found SELECT 'publication ' || pg_temp.less(pg_catalog.to_jsonb(p), 'oid pubowner') || pg_temp.who(p.pubowner) FROM pg_catalog.pg_publication p;
INSERT INTO found SELECT 'published ' || t.pubname || ' ' || t.schemaname || '.' || t.tablename || ' ' || t.attnames::text || coalesce(t.rowfilter, '') FROM pg_catalog.pg_publication_tables t;
INSERT INTO found SELECT 'subscription ' || s.subname || ' ' || pg_temp.who(s.subowner) || ' ' || s.subconninfo || s.subpublications::text || coalesce(s.subslotname, '') FROM pg_catalog.pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
INSERT INTO found SELECT 'cast ' || pg_catalog.concat_ws(' ', c.castsource::pg_catalog.regtype, c.casttarget::pg_catalog.regtype, c.castfunc::pg_catalog.regprocedure, c.castcontext, c.castmethod) FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 AND c.oid NOT IN (SELECT objid FROM ext);
INSERT INTO found SELECT 'wrapper ' || f.fdwname || ' ' || pg_temp.who(f.fdwowner) || pg_temp.acl(f.fdwacl, 'F', f.fdwowner) || coalesce((SELECT pg_catalog.string_agg(o, ',' ORDER BY o) FROM pg_catalog.unnest(f.fdwoptions) o), '') FROM pg_catalog.pg_foreign_data_wrapper f;
INSERT INTO found SELECT 'server ' || s.srvname || ' ' || pg_temp.who(s.srvowner) || pg_temp.acl(s.srvacl, 'S', s.srvowner) || coalesce((SELECT pg_catalog.string_agg(o, ',' ORDER BY o) FROM pg_catalog.unnest(s.srvoptions) o), '') FROM pg_catalog.pg_foreign_server s;
INSERT INTO found SELECT 'mapping ' || m.srvname || ' ' || m.usename || coalesce((SELECT pg_catalog.string_agg(o, ',' ORDER BY o) FROM pg_catalog.unnest(m.umoptions) o), '') FROM pg_catalog.pg_user_mappings m;
INSERT INTO found SELECT 'language ' || l.lanname || ' ' || pg_temp.who(l.lanowner) || pg_temp.acl(l.lanacl, 'l', l.lanowner) FROM pg_catalog.pg_language l;
INSERT INTO found SELECT 'method ' || a.amname::text || a.amhandler::text FROM pg_catalog.pg_am a;
INSERT INTO found SELECT 'large object ' || m.oid || ' ' || pg_temp.who(m.lomowner) || pg_temp.acl(m.lomacl, 'L', m.lomowner) || pg_catalog.md5(pg_catalog.lo_get(m.oid)) FROM pg_catalog.pg_largeobject_metadata m;
INSERT INTO found SELECT 'system acl ' || p.oid::pg_catalog.regprocedure || pg_temp.acl(p.proacl, 'f', p.proowner) FROM pg_catalog.pg_proc p WHERE p.oid < 16384 AND p.proacl IS NOT NULL;
INSERT INTO found SELECT 'system acl ' || c.oid::pg_catalog.regclass || pg_temp.acl(c.relacl, 'r', c.relowner) FROM pg_catalog.pg_class c WHERE c.oid < 16384 AND c.relacl IS NOT NULL;
INSERT INTO found SELECT 'setting ' || coalesce(pg_temp.who(nullif(s.setrole, 0)), '') || c FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
\endif

SELECT pg_catalog.format('INSERT INTO found SELECT %L || last_value || is_called FROM %s', 'sequence ' || c.oid::pg_catalog.regclass || ' ', c.oid::pg_catalog.regclass)
  FROM pg_catalog.pg_class c JOIN ns ON ns.oid = c.relnamespace WHERE c.relkind = 'S' \gexec
-- Rows that are spread by the hash of an enum's value may lie in other partitions after a restore: together they are the same.
CREATE TEMPORARY VIEW spread AS SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p WHERE p.partstrat = 'h' AND EXISTS (SELECT FROM pg_catalog.unnest(p.partattrs::int2[]) k
  JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE t.typtype = 'e');
-- Column by column in the order of their names: a dump may change the order of inherited ones.
SELECT pg_catalog.format('INSERT INTO found SELECT %L || count(*) || '' '' || coalesce(pg_catalog.md5(pg_catalog.string_agg(r, '','' ORDER BY r COLLATE "C")), '''') FROM (SELECT pg_catalog.md5((ARRAY[%s])::text) AS r FROM %s%s) x',
    'rows ' || c.oid::pg_catalog.regclass || ' ',
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.format('%I::text', a.attname), ',' ORDER BY a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '''none'''), CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, c.oid::pg_catalog.regclass)
  FROM pg_catalog.pg_class c JOIN ns ON ns.oid = c.relnamespace WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated OR c.oid IN (SELECT partrelid FROM spread))
    AND c.oid NOT IN (SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN spread s ON s.partrelid = i.inhparent) AND c.oid NOT IN (SELECT objid FROM ext) \gexec
SELECT pg_catalog.replace(pg_catalog.replace(line, E'\n', '\n'), pg_catalog.current_database(), '@database') FROM found ORDER BY line COLLATE "C";
