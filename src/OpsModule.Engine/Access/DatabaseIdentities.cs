using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Access;

/// <summary>What tells a server, a database and a schema from others that are called the same.</summary>
internal static class DatabaseIdentities
{
    private const string None = "none";

    /// <summary>Those of a schema of the connection's database.</summary>
    public static async Task<IReadOnlyList<PlanIdentity>> OfSchemaAsync(NpgsqlConnection connection, string schema, CancellationToken ct) =>
    [
        .. await OfDatabaseAsync(connection, connection.Database, ct).ConfigureAwait(false),
        new($"object id of schema {schema} of database {connection.Database}", await SchemaAsync(connection, schema, ct).ConfigureAwait(false)),
    ];

    /// <summary>Those of a database of the connection's server.</summary>
    public static async Task<IReadOnlyList<PlanIdentity>> OfDatabaseAsync(NpgsqlConnection connection, string database, CancellationToken ct) =>
    [
        new($"system identifier of the server of database {database}", await SystemAsync(connection, ct).ConfigureAwait(false)),
        new($"object id of database {database}", await DatabaseAsync(connection, database, ct).ConfigureAwait(false)),
    ];

    private static async Task<string> SchemaAsync(NpgsqlConnection connection, string schema, CancellationToken ct) =>
        await connection.ScalarAsync<string>("SELECT oid::text FROM pg_catalog.pg_namespace WHERE nspname = $1", ct, schema).ConfigureAwait(false) ?? None;

    private static async Task<string> DatabaseAsync(NpgsqlConnection connection, string database, CancellationToken ct) =>
        await connection.ScalarAsync<string>("SELECT oid::text FROM pg_catalog.pg_database WHERE datname = $1", ct, database).ConfigureAwait(false) ?? None;

    /// <summary>A hosted server may not tell; its databases are told apart by their object ids then.</summary>
    private static async Task<string> SystemAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            return await connection.ScalarAsync<string>("SELECT system_identifier::text FROM pg_catalog.pg_control_system()", ct).ConfigureAwait(false)
                ?? None;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedFunction) { return "not told"; }
    }
}
