SELECT pg_catalog.pg_advisory_lock(20090909);
SET allow_in_place_tablespaces = on;
SELECT 'CREATE TABLESPACE torture_space LOCATION ''''' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = 'torture_space') \gexec
CREATE TABLE tenant_h.t (i int PRIMARY KEY USING INDEX TABLESPACE torture_space) TABLESPACE torture_space; INSERT INTO tenant_h.t SELECT generate_series(1, 100);
