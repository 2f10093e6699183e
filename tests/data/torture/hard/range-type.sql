CREATE TYPE tenant_h.r AS RANGE (SUBTYPE = int); CREATE TABLE tenant_h.t (x tenant_h.r, y tenant_h.r_multirange); INSERT INTO tenant_h.t VALUES ('[1,3)', '{[1,2),[5,8)}');
