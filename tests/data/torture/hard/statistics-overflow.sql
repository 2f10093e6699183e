CREATE TABLE tenant_h.t (d int); INSERT INTO tenant_h.t SELECT 2147483000 + i FROM generate_series(1, 647) i; CREATE STATISTICS tenant_h.s ON (d + 1) FROM tenant_h.t;
