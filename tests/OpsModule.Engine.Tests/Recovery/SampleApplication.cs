using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A schema with about everything that PostgreSQL can put into one.</summary>
internal static class SampleApplication
{
    public const string Shared = """
        DO $$ BEGIN CREATE ROLE app_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        DO $$ BEGIN CREATE ROLE "app reader"; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE TABLE public.countries (id int PRIMARY KEY, name text);
        INSERT INTO public.countries SELECT i, 'country ' || i FROM generate_series(1, 20) i;
        """;

    public static string Tenant(string schema, int rows = 3000)
    {
        string s = SqlName.Quote(schema);
        return $$""""
            CREATE SCHEMA {{s}};
            ALTER SCHEMA {{s}} OWNER TO app_owner;
            COMMENT ON SCHEMA {{s}} IS 'the tenant''s own \ comment';
            GRANT USAGE ON SCHEMA {{s}} TO "app reader";
            CREATE TYPE {{s}}.mood AS ENUM ('sad', 'ok', 'happy');
            CREATE DOMAIN {{s}}.email AS text CHECK (VALUE LIKE '%@%');
            CREATE TYPE {{s}}.address AS (street text, zip int);
            CREATE SEQUENCE {{s}}."odd seq" START 5;
            CREATE FUNCTION {{s}}.double_of(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
            CREATE TABLE {{s}}.customers (
                id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ref bigserial, mail {{s}}.email NOT NULL, mood {{s}}.mood DEFAULT 'ok',
                home {{s}}.address, country int REFERENCES public.countries, twice int GENERATED ALWAYS AS ({{s}}.double_of(country)) STORED,
                number bigint DEFAULT nextval('{{s.Replace("'", "''")}}."odd seq"'), at timestamptz, span interval, raw bytea, real_number float8, UNIQUE (mail));
            INSERT INTO {{s}}.customers (mail, mood, home, country, at, span, raw, real_number)
                SELECT 'c' || i || '@example.org', (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::{{s}}.mood, ROW('Straße "' || i || E'",\n', i)::{{s}}.address,
                    1 + i % 20, '2026-01-01 12:00+02'::timestamptz + i * interval '1 h', i * interval '-1 day 2 h', decode(md5(i::text), 'hex'), i / 7.0
                FROM generate_series(1, {{rows}}) i;
            CREATE TABLE {{s}}."Odd ""table""" ("Odd ""col""" text, customer int REFERENCES {{s}}.customers DEFERRABLE, tags text[]);
            INSERT INTO {{s}}."Odd ""table""" SELECT E'tab\t, back\\slash, \n, ü日本 ' || i, i, ARRAY['a', NULL, '', 'x' || i] FROM generate_series(1, 500) i;
            CREATE TABLE {{s}}.events (id bigint, at date NOT NULL, country int REFERENCES public.countries, what text) PARTITION BY RANGE (at);
            CREATE TABLE {{s}}.events_2025 PARTITION OF {{s}}.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            CREATE TABLE {{s}}.events_2026 PARTITION OF {{s}}.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            INSERT INTO {{s}}.events SELECT i, '2025-12-01'::date + i % 60, 1 + i % 20, 'event ' || i FROM generate_series(1, {{rows}}) i;
            CREATE INDEX ON {{s}}.events (at);
            CREATE TABLE {{s}}.empty (x int);
            CREATE TABLE {{s}}.nothing ();
            INSERT INTO {{s}}.nothing DEFAULT VALUES;
            CREATE TABLE {{s}}.marker (version int);
            INSERT INTO {{s}}.marker VALUES (1);
            CREATE TABLE {{s}}.marker2 (version int);
            INSERT INTO {{s}}.marker2 VALUES (1);
            CREATE VIEW {{s}}.happy AS SELECT id, mail FROM {{s}}.customers WHERE mood = 'happy';
            CREATE MATERIALIZED VIEW {{s}}.moods AS SELECT mood, count(*) AS n FROM {{s}}.customers GROUP BY mood;
            CREATE UNIQUE INDEX moods_mood ON {{s}}.moods (mood);
            CREATE INDEX customers_lower ON {{s}}.customers (lower(mail)) WHERE mood <> 'sad';
            CREATE STATISTICS {{s}}.st ON country, mood FROM {{s}}.customers;
            CREATE FUNCTION {{s}}.count_plpgsql() RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN RETURN (SELECT count(*) FROM {{s}}.customers); END $f$;
            CREATE FUNCTION {{s}}.count_text() RETURNS bigint LANGUAGE sql AS $f$ SELECT count(*) FROM {{s}}.customers $f$;
            CREATE FUNCTION {{s}}.count_atomic() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM {{s}}.customers; END;
            CREATE FUNCTION {{s}}.touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.at := now(); RETURN NEW; END $f$;
            CREATE TRIGGER touch BEFORE UPDATE ON {{s}}.customers FOR EACH ROW EXECUTE FUNCTION {{s}}.touch();
            CREATE RULE no_delete AS ON DELETE TO {{s}}.empty DO INSTEAD NOTHING;
            ALTER TABLE {{s}}.customers ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON {{s}}.customers FOR SELECT TO "app reader" USING (country < 10);
            ALTER TABLE {{s}}.customers OWNER TO app_owner;
            GRANT SELECT ON {{s}}.customers TO "app reader" WITH GRANT OPTION;
            GRANT UPDATE (mood) ON {{s}}.customers TO "app reader";
            ALTER DEFAULT PRIVILEGES IN SCHEMA {{s}} GRANT SELECT ON TABLES TO "app reader";
            COMMENT ON TABLE {{s}}.customers IS 'customers; --';
            COMMENT ON CONSTRAINT customers_country_fkey ON {{s}}.customers IS 'a key out of the schema';
            COMMENT ON COLUMN {{s}}.customers.mail IS E'line 1\n--\n-- TOC entry 1 (class 1 OID 1)\nline 2';
            """";
    }
}
