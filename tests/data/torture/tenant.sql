-- A tenant's schema that holds of everything something. Needs whole.sql before it.
\set ON_ERROR_STOP on
SET datestyle = ISO; SET standard_conforming_strings = on; SET quote_all_identifiers = off; SET array_nulls = on; SET search_path = pg_catalog; SET xmloption = content;
CREATE SCHEMA tenant_a; COMMENT ON SCHEMA tenant_a IS E'the first\ntenant''s';
ALTER SCHEMA tenant_a OWNER TO torture_owner;
GRANT USAGE ON SCHEMA tenant_a TO torture_reader, torture_app; GRANT CREATE ON SCHEMA tenant_a TO torture_app WITH GRANT OPTION;

-- Types.
CREATE DOMAIN tenant_a.positive AS int DEFAULT 1 CHECK (VALUE > 0); ALTER DOMAIN tenant_a.positive ADD CONSTRAINT odd CHECK (VALUE % 2 = 1) NOT VALID; COMMENT ON CONSTRAINT odd ON DOMAIN tenant_a.positive IS 'only new ones';
CREATE DOMAIN tenant_a.mail AS public.citext CHECK (VALUE::text LIKE '%@%');
CREATE TYPE tenant_a.mood AS ENUM ('a', 'b', 'Z', ''); GRANT USAGE ON TYPE tenant_a.mood TO torture_reader; REVOKE USAGE ON TYPE tenant_a.mood FROM PUBLIC;
CREATE TYPE tenant_a.pair AS (x int, y text COLLATE "C", "odd ""name""" numeric(10, 2)); COMMENT ON COLUMN tenant_a.pair.y IS 'y';
CREATE COLLATION tenant_a.german (provider = icu, locale = 'de-u-co-phonebk'); CREATE COLLATION tenant_a.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE CONVERSION tenant_a.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY tenant_a.dict (TEMPLATE = simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION tenant_a.conf (COPY = english); ALTER TEXT SEARCH CONFIGURATION tenant_a.conf ALTER MAPPING FOR asciiword WITH tenant_a.dict, english_stem;

-- Functions.
CREATE FUNCTION tenant_a.plain(a int, b int DEFAULT 3, VARIADIC c int[] DEFAULT '{}') RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS 'SELECT $1 + $2';
CREATE FUNCTION tenant_a.secured() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = tenant_a, pg_temp SET work_mem = '3MB' SET "my.thing" = 'a b' AS 'SELECT 1::bigint';
REVOKE EXECUTE ON FUNCTION tenant_a.secured() FROM PUBLIC; GRANT EXECUTE ON FUNCTION tenant_a.secured() TO torture_app;
ALTER FUNCTION tenant_a.secured() OWNER TO torture_owner;
CREATE PROCEDURE tenant_a.proc(INOUT a text) LANGUAGE plpgsql AS $$ BEGIN a := a || E'\\unrestrict'; END $$;
CREATE FUNCTION tenant_a.atomic(i int) RETURNS int STABLE BEGIN ATOMIC SELECT i + 1; END;
CREATE AGGREGATE tenant_a.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '5', COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE OPERATOR tenant_a.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = OPERATOR(tenant_a.===), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR CLASS tenant_a.backward FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
CREATE FUNCTION tenant_a.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;

-- Values.
CREATE TABLE tenant_a.numbers (id bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5 CACHE 3), n numeric, f float8, r float4, d date, ts timestamptz, iv interval, twice numeric GENERATED ALWAYS AS (n * 2) STORED, PRIMARY KEY (id));
INSERT INTO tenant_a.numbers (n, f, r, d, ts, iv) VALUES ('NaN', 'NaN', '-0', 'infinity', '-infinity', '1 mon -3 days 04:05:06.789'), ('Infinity', '-Infinity', 1e-45, '0044-03-15 BC', '4713-01-01 BC', '-178000000 years'),
    (repeat('123456789', 56)::numeric / 7, 0.1::float8 + 0.2, 16777217, '5874897-12-31', '294276-12-31 23:59:59.999999Z', '1 year'), (NULL, 5e-324, 3.4e38, NULL, NULL, NULL), (-0.000000000000000000001, -0.0, -0.0, '2024-02-29', '1883-11-18 12:03:57-05', '0');
CREATE TABLE tenant_a.kinds (h public.hstore, l public.ltree, c public.citext, i public.isbn13, s public.seg, cu public.cube, x xml, j json, jb jsonb, b bytea, bit5 bit(5), vb bit varying, ip inet, net cidr, mac macaddr8, u uuid, m money, tsv tsvector, tsq tsquery,
    pt point, pg polygon, ci circle, arr int[][], low int[], r int4range, mr nummultirange, p tenant_a.pair, pa tenant_a.pair[], mo tenant_a.mood, sm public.shared_mood, po tenant_a.positive, ma tenant_a.mail, ch char(9), n name, q "char", lsn pg_lsn, jp jsonpath);
INSERT INTO tenant_a.kinds VALUES (E'a=>1, "b \\"c"=>NULL', 'Top.Science', 'CaSe', '978-0-393-04002-9', '1.5 .. 2', '(1,2),(3,4)', '<a>ü</a>', '{"a" : 1,  "a":2}', '{"z": [1, null]}', '\x00ff5c', '10101', '1', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03:04:05',
    '5c2f1b4e-0000-4000-8000-000000000001', '12.34', to_tsvector('english', 'the cats ate'), 'a & !b:*A', '(1,2)', '((0,0),(1,1),(1,0))', '<(0,0),5>', '{{1,2},{3,NULL}}', '[0:2]={1,2,3}', '[1,)', '{[1,2),(5,)}', '(1,"a,b""c\\",2.5)', '{"(1,x,1)"}', 'b', 'it''s', 3, 'A@b.c', 'x', 'nm', 'q', '16/B374D848', '$.a ? (@ > 1)');
INSERT INTO tenant_a.kinds (c) VALUES (E'tab\there'), (E'line\nfeed'), (E'back\\slash \\. \\N'), (E'\r\n'), (''), (E'\u2028 \U0001F600 e\u0301'), ('COPY x FROM stdin;'), (E'\\.'), ('--'), ('$$'), ('\restrict x');
CREATE TABLE tenant_a.wide_row (id int PRIMARY KEY, t text, b bytea); ALTER TABLE tenant_a.wide_row ALTER t SET STORAGE EXTERNAL; INSERT INTO tenant_a.wide_row VALUES (1, repeat('0123456789 äöü ', 800000), NULL), (2, NULL, decode(repeat('00ff', 3000000), 'hex'));
CREATE TABLE tenant_a.nothing (); INSERT INTO tenant_a.nothing DEFAULT VALUES; INSERT INTO tenant_a.nothing DEFAULT VALUES;
CREATE TABLE tenant_a.dropped (a int, b text, c int); ALTER TABLE tenant_a.dropped DROP COLUMN b; INSERT INTO tenant_a.dropped VALUES (1, 2); ALTER TABLE tenant_a.dropped ADD d int DEFAULT 7;
SELECT 'CREATE TABLE tenant_a.wide_table (' || string_agg('c' || i || ' int', ',') || ')' FROM generate_series(1, 1600) i \gexec
INSERT INTO tenant_a.wide_table (c1, c1600) VALUES (1, 2);
CREATE TABLE tenant_a.typed OF tenant_a.pair (x WITH OPTIONS NOT NULL); INSERT INTO tenant_a.typed VALUES (1, 'a', 2);
CREATE UNLOGGED TABLE tenant_a.fast (i int); INSERT INTO tenant_a.fast VALUES (1);
CREATE TABLE tenant_a.tuned (a text COMPRESSION pglz, b text, c int) WITH (fillfactor = 71, autovacuum_enabled = false, toast.autovacuum_vacuum_threshold = 99);
ALTER TABLE tenant_a.tuned ALTER b SET STORAGE MAIN, ALTER c SET STATISTICS 777, ALTER c SET (n_distinct = -0.5);
INSERT INTO tenant_a.tuned SELECT repeat('x', i), 'y', i FROM generate_series(1, 300) i;

-- Names.
CREATE TABLE tenant_a."COPY x FROM stdin;" (i int); INSERT INTO tenant_a."COPY x FROM stdin;" VALUES (1);
CREATE TABLE tenant_a."new
line" ("a
b" int, "back\slash" int, "quote""d" int, "dollar$$" int, "ünïcode 日本" text); INSERT INTO tenant_a."new
line" VALUES (1, 2, 3, 4, '5');
CREATE INDEX "index of
two lines" ON tenant_a."new
line" ("quote""d");
CREATE TABLE tenant_a."CamelCase" ("Id" serial PRIMARY KEY); INSERT INTO tenant_a."CamelCase" SELECT FROM generate_series(1, 9); COMMENT ON TABLE tenant_a."CamelCase" IS E'-- it''s\n\\.\n$$';
CREATE TABLE tenant_a.a23456789_123456789_123456789_123456789_123456789_123456789_123 (i int UNIQUE);

-- Partitions and inheritance.
CREATE TABLE tenant_a.events (id int NOT NULL, at date NOT NULL, kind text COLLATE "C", UNIQUE (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE tenant_a.events_2023 PARTITION OF tenant_a.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') PARTITION BY LIST (kind);
CREATE TABLE tenant_a.events_2023_a PARTITION OF tenant_a.events_2023 FOR VALUES IN ('a', NULL); CREATE TABLE tenant_a.events_2023_rest PARTITION OF tenant_a.events_2023 DEFAULT;
CREATE TABLE tenant_a.events_2024 (kind text COLLATE "C", at date NOT NULL, id int NOT NULL); ALTER TABLE tenant_a.events ATTACH PARTITION tenant_a.events_2024 FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE TABLE tenant_a.events_old PARTITION OF tenant_a.events DEFAULT; CREATE INDEX events_kind ON tenant_a.events (kind) INCLUDE (id);
INSERT INTO tenant_a.events SELECT i, DATE '2022-06-01' + i, CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END FROM generate_series(1, 1500) i;
CREATE TABLE tenant_a.hashed (id int, v text) PARTITION BY HASH (id); CREATE TABLE tenant_a.hashed_0 PARTITION OF tenant_a.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0); CREATE TABLE tenant_a.hashed_1 PARTITION OF tenant_a.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1); CREATE TABLE tenant_a.hashed_2 PARTITION OF tenant_a.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO tenant_a.hashed SELECT i, 'v' || i FROM generate_series(1, 300) i;
CREATE TABLE tenant_a.parent (a int CHECK (a > 0), b text DEFAULT 'p'); CREATE TABLE tenant_a.child (c int) INHERITS (tenant_a.parent); ALTER TABLE tenant_a.child ALTER b SET DEFAULT 'c', ALTER a SET NOT NULL; ALTER TABLE tenant_a.parent ADD later int;
INSERT INTO tenant_a.parent VALUES (1, 'x', 2); INSERT INTO tenant_a.child (a, b, c) VALUES (2, 'y', 3);

-- Constraints, indexes, statistics.
CREATE TABLE tenant_a.chicken (id int PRIMARY KEY, egg int); CREATE TABLE tenant_a.egg (id int PRIMARY KEY, chicken int REFERENCES tenant_a.chicken DEFERRABLE INITIALLY DEFERRED); ALTER TABLE tenant_a.chicken ADD CONSTRAINT lays FOREIGN KEY (egg) REFERENCES tenant_a.egg ON DELETE SET NULL;
INSERT INTO tenant_a.chicken VALUES (1, NULL); INSERT INTO tenant_a.egg VALUES (1, 1); UPDATE tenant_a.chicken SET egg = 1;
CREATE TABLE tenant_a.rules_of (id int PRIMARY KEY, a int, b int, period tstzrange, country int REFERENCES public.countries, CONSTRAINT apart EXCLUDE USING gist (a WITH =, period WITH &&) WHERE (a > 0), CONSTRAINT ab UNIQUE NULLS NOT DISTINCT (a, b) DEFERRABLE, CONSTRAINT noinh CHECK (a <> 999) NO INHERIT);
INSERT INTO tenant_a.rules_of SELECT i, i, NULL, tstzrange('2024-01-01', '2024-02-01'), 1 + i % 30 FROM generate_series(1, 100) i;
ALTER TABLE tenant_a.rules_of ADD CONSTRAINT small CHECK (a < 50) NOT VALID; ALTER TABLE tenant_a.rules_of ADD CONSTRAINT unchecked FOREIGN KEY (b) REFERENCES tenant_a.chicken NOT VALID;
COMMENT ON CONSTRAINT apart ON tenant_a.rules_of IS 'apart';
CREATE INDEX expr ON tenant_a.rules_of ((a + b) DESC NULLS LAST, (a * 2)) WHERE a > 3; ALTER INDEX tenant_a.expr ALTER COLUMN 1 SET STATISTICS 333; COMMENT ON INDEX tenant_a.expr IS 'an index';
CREATE INDEX opc ON tenant_a.rules_of (a tenant_a.backward) WITH (fillfactor = 55); CREATE UNIQUE INDEX inc ON tenant_a.rules_of (id) INCLUDE (a, b); CREATE INDEX blo ON tenant_a.rules_of USING bloom (a, b); CREATE INDEX bri ON tenant_a.rules_of USING brin (a) WITH (pages_per_range = 7);
ALTER TABLE tenant_a.rules_of CLUSTER ON ab; ALTER TABLE tenant_a.rules_of REPLICA IDENTITY USING INDEX inc;
ALTER TABLE tenant_a.chicken REPLICA IDENTITY NOTHING;
CREATE STATISTICS tenant_a.both (dependencies, mcv) ON a, b FROM tenant_a.rules_of; CREATE STATISTICS tenant_a.sums ON (a + b) FROM tenant_a.rules_of; ALTER STATISTICS tenant_a.both SET STATISTICS 55; COMMENT ON STATISTICS tenant_a.both IS 'both';
CREATE SEQUENCE tenant_a.countdown AS smallint INCREMENT -3 MINVALUE -30000 MAXVALUE 100 START 50 CACHE 7 CYCLE; SELECT nextval('tenant_a.countdown'), nextval('tenant_a.countdown'); CREATE SEQUENCE tenant_a.fresh START 77; CREATE SEQUENCE tenant_a.preset; SELECT setval('tenant_a.preset', 4711, false);
GRANT USAGE ON SEQUENCE tenant_a.countdown TO torture_app;

-- Views, rules, triggers.
CREATE VIEW tenant_a.v WITH (security_barrier, security_invoker) AS SELECT id, a FROM tenant_a.rules_of WHERE a < 10 WITH LOCAL CHECK OPTION; ALTER VIEW tenant_a.v ALTER a SET DEFAULT 5; GRANT SELECT (a), UPDATE (a) ON tenant_a.v TO torture_app;
CREATE RECURSIVE VIEW tenant_a.counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE VIEW tenant_a.through AS SELECT tenant_a.atomic(id) AS x, sm FROM tenant_a.chicken, tenant_a.kinds;
CREATE MATERIALIZED VIEW tenant_a.mv AS SELECT kind, count(*) AS n FROM tenant_a.events GROUP BY kind; CREATE UNIQUE INDEX ON tenant_a.mv (kind); CREATE MATERIALIZED VIEW tenant_a.mv_empty AS SELECT * FROM tenant_a.mv WITH NO DATA; GRANT SELECT ON tenant_a.mv TO torture_reader; COMMENT ON MATERIALIZED VIEW tenant_a.mv IS 'mv';
CREATE TABLE tenant_a.ruled (i int, log text); CREATE RULE on_insert AS ON INSERT TO tenant_a.ruled WHERE NEW.i < 0 DO INSTEAD NOTHING; CREATE RULE off AS ON UPDATE TO tenant_a.ruled DO ALSO SELECT 1; ALTER TABLE tenant_a.ruled DISABLE RULE off; CREATE RULE repl AS ON DELETE TO tenant_a.ruled DO ALSO NOTHING; ALTER TABLE tenant_a.ruled ENABLE REPLICA RULE repl; COMMENT ON RULE off ON tenant_a.ruled IS 'off';
CREATE TRIGGER t_on BEFORE INSERT ON tenant_a.ruled FOR EACH ROW EXECUTE FUNCTION tenant_a.touch('arg', E'it''s \\ "x"'); CREATE TRIGGER t_off AFTER UPDATE OF i ON tenant_a.ruled FOR EACH ROW WHEN (OLD.i IS DISTINCT FROM NEW.i) EXECUTE FUNCTION tenant_a.touch();
CREATE TRIGGER t_always AFTER INSERT ON tenant_a.ruled REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenant_a.touch(); CREATE TRIGGER t_replica AFTER TRUNCATE ON tenant_a.ruled EXECUTE FUNCTION tenant_a.touch(); CREATE CONSTRAINT TRIGGER t_late AFTER INSERT ON tenant_a.ruled DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tenant_a.touch();
ALTER TABLE tenant_a.ruled DISABLE TRIGGER t_off, ENABLE ALWAYS TRIGGER t_always, ENABLE REPLICA TRIGGER t_replica; COMMENT ON TRIGGER t_off ON tenant_a.ruled IS 'off';
CREATE TRIGGER on_partitions AFTER INSERT ON tenant_a.events FOR EACH ROW EXECUTE FUNCTION tenant_a.touch(); ALTER TABLE tenant_a.events_2024 DISABLE TRIGGER on_partitions;
INSERT INTO tenant_a.ruled VALUES (1, 'x');

-- Row security, owners, privileges.
CREATE TABLE tenant_a.guarded (id int PRIMARY KEY, owner name, secret text); INSERT INTO tenant_a.guarded SELECT i, 'torture_app', 's' || i FROM generate_series(1, 20) i;
ALTER TABLE tenant_a.guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO torture_owner;
CREATE POLICY mine ON tenant_a.guarded TO torture_app, torture_reader USING (owner = current_user) WITH CHECK (id > 0); CREATE POLICY never ON tenant_a.guarded AS RESTRICTIVE FOR UPDATE USING (secret <> 's1'); CREATE POLICY ins ON tenant_a.guarded FOR INSERT WITH CHECK (true); COMMENT ON POLICY mine ON tenant_a.guarded IS 'mine';
GRANT SELECT ON tenant_a.guarded TO torture_app; GRANT INSERT (id, owner), REFERENCES (id) ON tenant_a.guarded TO "Torture ""Writer""" WITH GRANT OPTION;
CREATE TABLE tenant_a.prepared_guard (i int); CREATE POLICY waiting ON tenant_a.prepared_guard USING (false);
CREATE TABLE tenant_a.owner_may_not (i int); ALTER TABLE tenant_a.owner_may_not OWNER TO torture_owner; REVOKE ALL ON tenant_a.owner_may_not FROM torture_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_app IN SCHEMA tenant_a GRANT SELECT ON TABLES TO torture_reader;
