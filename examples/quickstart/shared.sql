-- What all tenants share: the public schema of the sample shop. The tenants' own tables are in tenant.sql.

SET client_min_messages = warning;
SELECT setseed(0.1) \g /dev/null

CREATE TYPE plan AS ENUM ('trial', 'team', 'enterprise');

CREATE TABLE tenants (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL UNIQUE,
    plan      plan NOT NULL DEFAULT 'trial',
    settings  jsonb NOT NULL DEFAULT '{}',
    joined_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE currencies (
    code   char(3) PRIMARY KEY,
    name   text NOT NULL,
    digits smallint NOT NULL CHECK (digits BETWEEN 0 AND 4)
);

CREATE TABLE exchange_rates (
    currency char(3) NOT NULL REFERENCES currencies,
    day      date NOT NULL,
    rate     numeric(18, 8) NOT NULL CHECK (rate > 0),
    PRIMARY KEY (currency, day)
);

CREATE TABLE articles (
    id           serial PRIMARY KEY,
    slug         text NOT NULL UNIQUE,
    title        text NOT NULL,
    body         text NOT NULL,
    published_at timestamptz
);

INSERT INTO tenants (name, plan, settings) VALUES
    ('demo', 'trial', '{"locale": "en-GB", "beta": true}'),
    ('acme', 'enterprise', '{"locale": "en-US", "seats": 250}'),
    ('Köln & Söhne', 'team', '{"locale": "de-DE", "vat": "DE123456789"}');

INSERT INTO currencies VALUES
    ('EUR', 'Euro', 2), ('USD', 'US dollar', 2), ('GBP', 'Pound sterling', 2), ('JPY', '円', 0), ('CHF', 'Schweizer Franken', 2);

INSERT INTO exchange_rates
SELECT code, date '2020-01-01' + d, round((0.8 + random() * 0.4)::numeric, 8)
FROM currencies, generate_series(0, 2400) d;

INSERT INTO articles (slug, title, body, published_at)
SELECT 'article-' || n, initcap(left(body, 40)), body, timestamptz '2024-01-01 08:00+00' + n * interval '7 hours'
FROM text_source.texts(1, 2000, 9);
