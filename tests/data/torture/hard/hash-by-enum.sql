CREATE TYPE tenant_h.mood AS ENUM ('a', 'b', 'c'); CREATE TABLE tenant_h.t (m tenant_h.mood, id int) PARTITION BY HASH (m);
CREATE TABLE tenant_h.t0 PARTITION OF tenant_h.t FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE tenant_h.t1 PARTITION OF tenant_h.t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO tenant_h.t SELECT (ARRAY['a', 'b', 'c'])[1 + i % 3]::tenant_h.mood, i FROM generate_series(1, 300) i;
