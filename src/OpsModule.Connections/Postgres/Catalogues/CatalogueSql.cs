namespace OpsModule.Connections.Postgres.Catalogues;

/// <summary>
/// Pieces of the queries that read a catalogue. All names stand with their schema, and what is not there is left out of the JSON, so
/// that an ordinary object takes few bytes. Aliases in these pieces end in an underscore, those of the queries around them never do.
/// </summary>
public static class CatalogueSql
{
    /// <summary>The schemas that are read: one, or all but the system's and those that restores make for themselves.</summary>
    public const string Schemas = """
        WITH ns AS MATERIALIZED (SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n
            WHERE CASE WHEN $1::text IS NULL THEN n.nspname !~ '^(pg_|ops_stage_|ops_replaced_)' AND n.nspname <> 'information_schema' ELSE n.nspname = $1 END),
        ofext AS MATERIALIZED (SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e')

        """;

    /// <summary>A role's name.</summary>
    public static string Role(string oid) => $"pg_catalog.pg_get_userbyid({oid})::text";

    /// <summary>
    /// The privileges in force, also where none were ever granted: grantee to list of privileges, those that may be granted on with a
    /// star. The grantor is told where it is not the owner.
    /// </summary>
    /// <param name="acl">The column.</param>
    /// <param name="kind">Its kind, as acldefault has it; null for columns, which have no privileges of their own by default.</param>
    /// <param name="owner">The owner's column.</param>
    public static string Grants(string acl, string? kind, string owner) => $"""
        (SELECT pg_catalog.jsonb_object_agg(gs_.who, gs_.what) FROM (
            SELECT CASE g_.grantee WHEN 0 THEN 'PUBLIC' WHEN {owner} THEN '@owner' ELSE pg_catalog.pg_get_userbyid(g_.grantee)::text END
                || CASE WHEN g_.grantor = {owner} THEN '' ELSE ' by ' || pg_catalog.pg_get_userbyid(g_.grantor)::text END AS who,
                pg_catalog.string_agg(g_.privilege_type || CASE WHEN g_.is_grantable THEN '*' ELSE '' END, ',' ORDER BY g_.privilege_type, g_.is_grantable) AS what
            FROM pg_catalog.aclexplode({(kind is null ? acl : $"coalesce({acl}, pg_catalog.acldefault('{kind}', {owner}))")}) g_ GROUP BY 1) gs_)
        """;

    /// <summary>Comment and security labels, as two more properties.</summary>
    public static string Notes(string catalog, string oid, string part = "0") => $"""
        'comment', (SELECT c_.description FROM pg_catalog.pg_description c_ WHERE c_.objoid = {oid} AND c_.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND c_.objsubid = {part}),
        'label', (SELECT pg_catalog.jsonb_object_agg(l_.provider, l_.label) FROM pg_catalog.pg_seclabel l_ WHERE l_.objoid = {oid} AND l_.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND l_.objsubid = {part})
        """;

    /// <summary>True for what is not an extension's.</summary>
    public static string Own(string catalog, string oid) =>
        $"NOT EXISTS (SELECT FROM ofext WHERE ofext.objid = {oid} AND ofext.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass)";

    /// <summary>A list of options in an order of its own.</summary>
    public static string Options(string array) => $"(SELECT pg_catalog.string_agg(o_, ', ' ORDER BY o_) FROM pg_catalog.unnest({array}) o_)";

    /// <summary>The names alone: the values of a user mapping or a foreign server may be secrets.</summary>
    public static string OptionNames(string array) =>
        $"(SELECT pg_catalog.string_agg(pg_catalog.split_part(o_, '=', 1), ', ' ORDER BY o_) FROM pg_catalog.unnest({array}) o_)";

    /// <summary>A property that is told only when it is set.</summary>
    public static string Flag(string condition) => $"CASE WHEN {condition} THEN true END";

    /// <summary>Text that is SQL: it is brought into one form when it is read, and long ones become their hash.</summary>
    public static string Text(string sql) => $"pg_catalog.chr({SqlWording.Mark}) || {sql}";

    /// <summary>The same, kept whole: where every word counts.</summary>
    public static string WholeText(string sql) => $"pg_catalog.chr({SqlWording.WholeMark}) || {sql}";

    /// <summary>A statement: kind, schema, name, properties.</summary>
    public static string Select(string kind, string schema, string name, string properties, string from) =>
        $"{Schemas}SELECT {kind}::text, {schema}::text, {name}::text, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object({properties}))::text FROM {from}";
}
