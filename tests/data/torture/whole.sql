-- What a database can hold outside of a tenant's schema. Roles belong to the server and stay there.
\set ON_ERROR_STOP on
SELECT pg_catalog.pg_advisory_lock(20090909); -- roles are made by one at a time
SELECT format('CREATE ROLE %I', r) FROM unnest(ARRAY['torture_app', 'torture_reader', 'Torture "Writer"', 'torture_owner']) r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
SELECT pg_catalog.pg_advisory_unlock(20090909);
CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION citext; CREATE EXTENSION isn; CREATE EXTENSION seg; CREATE EXTENSION cube; CREATE EXTENSION bloom;
CREATE EXTENSION xml2; CREATE EXTENSION pgcrypto; CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm; CREATE EXTENSION postgres_fdw; CREATE EXTENSION file_fdw; CREATE EXTENSION tsm_system_rows;

CREATE TYPE public.shared_mood AS ENUM ('ill', 'well', 'it''s', 'ÄÖ "x"');
ALTER TYPE public.shared_mood ADD VALUE 'between' BEFORE 'well';
CREATE TABLE public.countries (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO public.countries SELECT i, 'country ' || i FROM generate_series(1, 30) i;
CREATE FUNCTION public.norm(text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS 'SELECT lower($1)';
ALTER TABLE public.countries OWNER TO torture_owner;
GRANT SELECT (name) ON public.countries TO torture_reader;
GRANT SELECT ON public.countries TO torture_app WITH GRANT OPTION;
SET SESSION AUTHORIZATION torture_app; GRANT SELECT ON public.countries TO "Torture ""Writer"""; RESET SESSION AUTHORIZATION;

-- Objects that are in no schema.
CREATE CAST (public.shared_mood AS int) WITH INOUT AS ASSIGNMENT;
CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER quiet ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE VIEW') EXECUTE FUNCTION public.on_ddl();
CREATE EVENT TRIGGER never ON sql_drop EXECUTE FUNCTION public.on_ddl(); ALTER EVENT TRIGGER never DISABLE;
CREATE EVENT TRIGGER always ON ddl_command_start EXECUTE FUNCTION public.on_ddl(); ALTER EVENT TRIGGER always ENABLE ALWAYS; COMMENT ON EVENT TRIGGER always IS 'it''s always';
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'nowhere', port '1');
GRANT USAGE ON FOREIGN SERVER far TO torture_app;
CREATE USER MAPPING FOR torture_app SERVER far OPTIONS (user 'somebody', password 'mapping-secret-hT5');
CREATE FOREIGN TABLE public.far_away (id int OPTIONS (column_name 'nr'), note text) SERVER far OPTIONS (schema_name 'x', table_name 'y');
CREATE SUBSCRIPTION torture_sub CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION a, b WITH (connect = false, slot_name = NONE, enabled = false);
CREATE TABLE public.published (id int PRIMARY KEY, a text, b text, secret text);
CREATE TABLE public.published_too (id int PRIMARY KEY, day date);
ALTER TABLE public.published REPLICA IDENTITY FULL;
CREATE PUBLICATION pub_columns FOR TABLE public.published (id, a), TABLE public.published_too WHERE (day > DATE '2020-01-01') WITH (publish = 'insert, update');
CREATE PUBLICATION pub_root FOR TABLE public.published_too WITH (publish_via_partition_root = true);
CREATE SCHEMA published_whole; CREATE TABLE published_whole.t (i int PRIMARY KEY); CREATE PUBLICATION pub_schema FOR TABLES IN SCHEMA published_whole;
COMMENT ON PUBLICATION pub_schema IS 'a schema';
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE published_whole.other_heap (i int) USING heap2; INSERT INTO published_whole.other_heap VALUES (1), (2);


SELECT lo_create(870001); SELECT lo_put(870001, 0, decode(repeat('00ff41', 700000), 'hex')); SELECT lo_create(870002); SELECT lo_create(870003);
ALTER LARGE OBJECT 870001 OWNER TO torture_owner; GRANT SELECT ON LARGE OBJECT 870001 TO torture_reader; GRANT UPDATE ON LARGE OBJECT 870002 TO PUBLIC; COMMENT ON LARGE OBJECT 870003 IS E'large\nand empty';

REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO torture_app;
GRANT SELECT ON pg_catalog.pg_authid TO torture_reader;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO torture_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO torture_app;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner GRANT SELECT ON TABLES TO torture_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner GRANT USAGE ON SCHEMAS TO torture_app;
SELECT format('ALTER DATABASE %I SET %s', current_database(), s) FROM unnest(ARRAY['work_mem = ''5MB''', 'datestyle = ''German, DMY''', 'intervalstyle = sql_standard', 'bytea_output = escape', 'extra_float_digits = -5', 'timezone = ''Asia/Kathmandu''',
    'standard_conforming_strings = off', 'xmloption = document', 'array_nulls = off', 'search_path = tenant_a, public', 'lock_timeout = ''20s''', 'row_security = off', 'my.own = ''o''''clock''']) s \gexec
SELECT format('ALTER ROLE torture_app IN DATABASE %I SET statement_timeout = ''17min''', current_database()) \gexec
