CREATE SERVER gone FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x'); CREATE USER MAPPING FOR CURRENT_USER SERVER gone OPTIONS (user 'x', password 'y');
CREATE TABLE tenant_h.t (i int) PARTITION BY RANGE (i); CREATE TABLE tenant_h.here PARTITION OF tenant_h.t FOR VALUES FROM (0) TO (100); CREATE FOREIGN TABLE tenant_h.there PARTITION OF tenant_h.t FOR VALUES FROM (100) TO (200) SERVER gone;
INSERT INTO tenant_h.here SELECT generate_series(1, 50);
