using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Takes back what the live database's default privileges (ALTER DEFAULT PRIVILEGES) have just given to new objects. An archive's grants
/// are the difference from the privileges PostgreSQL is built with, so these are what objects must have before the grants are made. Only
/// the new objects are touched: changing the defaults themselves, even for a moment, would block others who change them.
/// </summary>
internal static class DefaultGrants
{
    private const string Known = "ops_module.known";

    /// <summary>Remembers all relations and functions of the schema: <see cref="TakeBack"/> then leaves them alone, for they have their grants.</summary>
    public static string Remember(string schema) => $"""
        SELECT pg_catalog.set_config('{Known}', (SELECT pg_catalog.string_agg(o.oid::text, ',') FROM (
            SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = {Schema(schema)}
            UNION ALL SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.pronamespace = {Schema(schema)}) o), false);
        """;

    /// <summary>A statement that gives every new object of the schema the privileges PostgreSQL is built with.</summary>
    public static string TakeBack(string schema) => Loop($"""
        SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relacl AS acl,
            pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner) AS standard
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.oid = {Schema(schema)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relacl IS NOT NULL AND {IsNew("c.oid")}
        UNION ALL
        SELECT 'ROUTINE', p.oid::pg_catalog.regprocedure::text, p.proacl, pg_catalog.acldefault('f', p.proowner)
        FROM pg_catalog.pg_proc p WHERE p.pronamespace = {Schema(schema)} AND p.proacl IS NOT NULL AND {IsNew("p.oid")}
          AND NOT {IsPartOfAnother("pg_proc", "p.oid")}
        UNION ALL
        SELECT 'TYPE', pg_catalog.format('%I.%I', n.nspname, t.typname), t.typacl, pg_catalog.acldefault('T', t.typowner)
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE n.oid = {Schema(schema)} AND t.typacl IS NOT NULL AND NOT {IsPartOfAnother("pg_type", "t.oid")} AND coalesce(pg_catalog.current_setting('{Known}', true), '') = ''
        """);

    /// <summary>The same for the schema itself.</summary>
    public static string TakeBackOfSchema(string schema) => Loop($"""
        SELECT 'SCHEMA' AS kind, pg_catalog.quote_ident(n.nspname) AS name, n.nspacl AS acl, pg_catalog.acldefault('n', n.nspowner) AS standard
        FROM pg_catalog.pg_namespace n WHERE n.oid = {Schema(schema)} AND n.nspacl IS NOT NULL
        """);

    private static string Loop(string objects)
    {
        string tag = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        return $"""
            DO {tag} DECLARE made record; who text; BEGIN
            FOR made IN {objects} LOOP
              FOR who IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END FROM pg_catalog.aclexplode(made.acl) a LOOP
                EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s CASCADE', made.kind, made.name, who);
              END LOOP;
              FOR who IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END FROM pg_catalog.aclexplode(made.standard) a LOOP
                EXECUTE pg_catalog.format('GRANT ALL ON %s %s TO %s', made.kind, made.name, who);
              END LOOP;
            END LOOP; END {tag};
            """;
    }

    /// <summary>Of the multirange and the functions that come with a range type archives say nothing: they have what every new one has here.</summary>
    private static string IsPartOfAnother(string catalog, string oid) =>
        $"EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND i.objid = {oid} AND i.deptype = 'i')";

    private static string Schema(string schema) => $"(SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname = {SqlName.Literal(schema)})";

    private static string IsNew(string oid) =>
        $"NOT {oid}::text = ANY (pg_catalog.string_to_array(coalesce(pg_catalog.current_setting('{Known}', true), ''), ','))";
}
