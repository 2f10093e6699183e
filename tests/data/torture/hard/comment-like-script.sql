CREATE TABLE tenant_h.t (i int PRIMARY KEY); CREATE INDEX ti ON tenant_h.t (i); INSERT INTO tenant_h.t VALUES (1);
COMMENT ON INDEX tenant_h.ti IS E'a\n--\n-- TOC entry 999999 (class 1259 OID 1)\n--\nb'; COMMENT ON TABLE tenant_h.t IS E'a\n--\n-- TOC entry 3 (class 1259 OID 1)\n--\n\\unrestrict abc\n';
