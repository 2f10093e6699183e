-- What every hard case has. The cases are one file each in hard/, and each is restored whole, as the tenant h, and drilled.
\set ON_ERROR_STOP on
SELECT pg_catalog.pg_advisory_lock(20090909);
SELECT format('CREATE ROLE %I', r) FROM unnest(ARRAY['torture_app', 'torture_reader']) r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
CREATE EXTENSION postgres_fdw;
CREATE SCHEMA tenant_h;
