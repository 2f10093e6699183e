using Npgsql;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What a manifest says of a database beside its content.</summary>
/// <param name="ServerVersion">The server's version.</param>
/// <param name="Extensions">The extensions that a schema needs, or that the database has.</param>
/// <param name="LeftOut">What lies outside a tenant's schema and belongs to it, and so is not backed up with it.</param>
internal sealed record DatabaseFacts(string ServerVersion, IReadOnlyList<string> Extensions, IReadOnlyList<string> LeftOut)
{
    // Objects of the schema, and the members of extensions that they depend on.
    private const string ExtensionsOfSchema = """
        WITH own AS (
            SELECT 'pg_class'::regclass AS classid, oid AS objid FROM pg_class WHERE relnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE connamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_attrdef'::regclass, d.oid FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE c.relnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = $1::text::regnamespace
            UNION ALL SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = $1::text::regnamespace)
        SELECT DISTINCT e.extname::text FROM own
        JOIN pg_depend d ON d.classid = own.classid AND d.objid = own.objid
        JOIN pg_depend m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.refclassid = 'pg_extension'::regclass AND m.deptype = 'e'
        JOIN pg_extension e ON e.oid = m.refobjid ORDER BY 1
        """;

    private const string AllExtensions = "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' AND $1::text IS NULL ORDER BY 1";

    /// <summary>Reads them.</summary>
    public static async Task<DatabaseFacts> ReadAsync(NpgsqlConnection connection, string? schema, CancellationToken ct) => new(
        connection.PostgreSqlVersion.ToString(), await ExtensionsAsync(connection, schema, ct).ConfigureAwait(false),
        schema is null ? [] : await Backups.LeftOut.OfAsync(connection, schema, ct).ConfigureAwait(false));

    /// <summary>The extensions that a schema needs, or that the database has.</summary>
    public static async Task<IReadOnlyList<string>> ExtensionsAsync(NpgsqlConnection connection, string? schema,
        CancellationToken cancellationToken)
    {
        // regnamespace reads its text as an identifier, so the name is quoted first.
        object value = schema is null ? DBNull.Value : SqlName.Quote(schema);
        await using var command = new NpgsqlCommand(schema is null ? AllExtensions : ExtensionsOfSchema, connection) { Parameters = { new() { Value = value } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) names.Add(reader.GetString(0));
        return names;
    }
}
