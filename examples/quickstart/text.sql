-- Text that reads and compresses like text: words of PostgreSQL's own catalogue descriptions, as often as they stand there (so
-- their distribution is a natural one), mixed with a long tail of rare made-up words. Everything is set-based.
--
-- Leaves the table text_source.phrase (id 1..:phrases). psql variable: phrases, how many; more of them repeat less.

SET synchronous_commit = off;
SET work_mem = '384MB';
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT setseed(0.42) \g /dev/null

CREATE SCHEMA text_source;

CREATE TABLE text_source.word AS
WITH descriptions AS (
    SELECT description AS line FROM pg_description
    UNION ALL SELECT short_desc || ' ' || coalesce(extra_desc, '') FROM pg_settings
), common AS (
    SELECT word FROM descriptions, regexp_split_to_table(lower(line), '[^a-z]+') AS word
    WHERE length(word) BETWEEN 1 AND 14
), rare AS (
    SELECT string_agg(substr('bacedofugahijekolimenopaquresatuvowexyzistra', 1 + 2 * floor(random() * 21)::int, 2), '') AS word
    FROM generate_series(1, 6000) n, generate_series(1, 2 + n % 4)
    GROUP BY n
)
SELECT row_number() OVER ()::int AS id, word FROM (SELECT word FROM common UNION ALL SELECT word FROM rare) w;

CREATE TABLE text_source.phrase AS
WITH size AS (SELECT count(*)::int AS words FROM text_source.word),
pick AS MATERIALIZED (
    SELECT p AS phrase_id, 1 + floor(random() * words)::int AS word_id
    FROM size, generate_series(1, :phrases) p, generate_series(1, 3 + p % 4)
)
SELECT phrase_id AS id, string_agg(word, ' ') || (CASE phrase_id % 9 WHEN 0 THEN '.' WHEN 4 THEN ',' ELSE '' END) AS phrase
FROM pick JOIN text_source.word w ON w.id = pick.word_id
GROUP BY phrase_id;

-- Texts of 1 to :spread times seven phrases: (n, body) for n in first..last.
CREATE FUNCTION text_source.texts(first int, last int, spread int) RETURNS TABLE (n int, body text)
LANGUAGE sql VOLATILE AS $$
    WITH size AS (SELECT count(*)::int AS phrases FROM text_source.phrase),
    pick AS MATERIALIZED (
        SELECT t AS n, 1 + floor(random() * phrases)::int AS a, 1 + floor(random() * phrases)::int AS b
        FROM size, generate_series(first, last) t, generate_series(1, 3 + (t::bigint * 7919 % (spread * 4))::int)
    )
    SELECT pick.n, string_agg(x.phrase || ' ' || y.phrase, ' ')
    FROM pick JOIN text_source.phrase x ON x.id = pick.a JOIN text_source.phrase y ON y.id = pick.b
    GROUP BY pick.n
$$;
