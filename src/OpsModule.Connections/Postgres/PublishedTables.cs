using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>Which publications of logical replication know a schema.</summary>
public static class PublishedTables
{
    private const string TablesSql = """
        SELECT DISTINCT p.pubname::text || ' (' || c.relname || ')' FROM pg_catalog.pg_publication_rel r
        JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
        """;

    // FOR TABLES IN SCHEMA, from version 15 on.
    private const string SchemasSql = """
        SELECT p.pubname::text || ' (the whole schema)' FROM pg_catalog.pg_publication_namespace s
        JOIN pg_catalog.pg_publication p ON p.oid = s.pnpubid JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid WHERE n.nspname = $1
        """;

    /// <summary>Publications that name tables of the schema, or the schema.</summary>
    public static Task<List<string>> FindAsync(NpgsqlConnection connection, string schema, CancellationToken ct) => connection.NamesAsync(
        connection.PostgreSqlVersion.Major < 15 ? TablesSql : TablesSql + " UNION ALL " + SchemasSql, ct, schema);
}
