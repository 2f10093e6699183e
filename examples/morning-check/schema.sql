-- What the checks of ops.yaml ask about: scans, users with a second factor, sign-ins, a ledger that an indexer follows.
CREATE TABLE scans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status text NOT NULL, passed boolean, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE findings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, scan bigint NOT NULL REFERENCES scans, severity text NOT NULL);
CREATE TABLE api_keys (name text PRIMARY KEY, revoked boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mfa boolean NOT NULL);
CREATE TABLE sign_ins (at timestamptz NOT NULL DEFAULT now(), address inet NOT NULL, success boolean NOT NULL);
CREATE TABLE vault_unlocks (at timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL);
CREATE TABLE ledgers (sequence bigint PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT now());
INSERT INTO scans (status, passed) SELECT 'done', true FROM generate_series(1, 40);
INSERT INTO findings (scan, severity) SELECT id, 'low' FROM scans;
INSERT INTO api_keys (name) VALUES ('storefront'), ('reports');
INSERT INTO users (mfa) SELECT n % 10 > 0 FROM generate_series(1, 200) n;
INSERT INTO sign_ins (address, success) SELECT '203.0.113.9', n > 3 FROM generate_series(1, 50) n;
INSERT INTO vault_unlocks (success) SELECT true FROM generate_series(1, 500);
INSERT INTO ledgers SELECT n FROM generate_series(1, 100) n;
ANALYZE;
