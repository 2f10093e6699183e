CREATE TABLE tenant_h.a_country (id int PRIMARY KEY); INSERT INTO tenant_h.a_country SELECT generate_series(1, 2000);
CREATE FUNCTION tenant_h.country_ok(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM tenant_h.a_country WHERE id = $1)';
CREATE TABLE tenant_h.b_person (id int PRIMARY KEY, country int CHECK (tenant_h.country_ok(country))); INSERT INTO tenant_h.b_person SELECT i, 1 + i % 2000 FROM generate_series(1, 3000) i;
