using Npgsql;

namespace OpsModule.Connections.Postgres.Catalogues;

/// <summary>Reads everything of a database's or a schema's catalogue that a restore has to bring back, rows and sequences' values apart.</summary>
public static class CatalogueReader
{
    // Names are written in full, and values as on every other server, whatever role, database or server are set to.
    private const string Settings = """
        SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; SET LOCAL standard_conforming_strings = on; SET LOCAL DateStyle = ISO; SET LOCAL IntervalStyle = postgres;
        SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = hex; SET LOCAL lc_monetary = 'C'; SET LOCAL xmlbinary = base64;
        SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL jit = off;
        """;

    /// <summary>Reads it in the connection's open transaction.</summary>
    /// <param name="connection">In a transaction; its settings change until the end of that.</param>
    /// <param name="schema">The schema; null for the whole database.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<IReadOnlyList<CatalogueObject>> ReadAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        await RunAsync(connection, Settings, cancellationToken).ConfigureAwait(false);
        var objects = new List<CatalogueObject>();
        foreach (string query in schema is null ? CatalogueOfSchemas.Queries.Concat(CatalogueOfDatabase.Queries) : CatalogueOfSchemas.Queries)
        {
            // The definition of a view locks what the view reads until the transaction ends: with many of them nobody else would find room for a lock.
            await RunAsync(connection, "SAVEPOINT ops_catalogue", cancellationToken).ConfigureAwait(false);
            try { await AddAsync(connection, CatalogueOfDatabase.For(connection.PostgreSqlVersion.Major, query), schema, objects, cancellationToken).ConfigureAwait(false); }
            finally
            {
                if (connection.FullState == System.Data.ConnectionState.Open) await RunAsync(connection, "ROLLBACK TO SAVEPOINT ops_catalogue", CancellationToken.None).ConfigureAwait(false);
            }
        }
        return objects;
    }

    private static async Task AddAsync(NpgsqlConnection connection, string query, string? schema, List<CatalogueObject> objects, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)schema ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            objects.Add(new CatalogueObject(reader.GetString(0), reader.GetString(1), reader.GetString(2), SqlWording.Settle(reader.GetString(3))));
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
