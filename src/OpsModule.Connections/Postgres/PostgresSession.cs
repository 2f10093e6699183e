using Npgsql;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>A connection, and the search_path that the database gives to those who do not choose one.</summary>
/// <param name="Connection">The connection; its search_path is pg_catalog alone.</param>
/// <param name="OwnPath">The search_path that the database, the role or the server sets.</param>
public sealed record PostgresSession(NpgsqlConnection Connection, string OwnPath) : IAsyncDisposable
{
    /// <summary>
    /// Runs one query of the environment file and returns the first column of its first row. It finds tables by the database's own
    /// search_path, and so the operators that are there as well; it reads alone, is one statement alone, and what it did ends with it.
    /// </summary>
    /// <exception cref="OpsException"><c>QueryNotReading</c>.</exception>
    /// <exception cref="PostgresException">The server refuses it.</exception>
    public async Task<object?> AskAsync(string sql, string whose, CancellationToken ct)
    {
        ReadingQuery.Check(sql, whose);
        await using NpgsqlTransaction looking = await Connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using (var prepare = new NpgsqlCommand("SELECT pg_catalog.set_config('transaction_read_only', 'on', true), pg_catalog.set_config('search_path', $1, true)", Connection)
            { Parameters = { new() { Value = OwnPath } } })
            await prepare.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        // A batch sends its commands as they are: the server refuses what holds several statements, and Npgsql would part them.
        await using (var batch = new NpgsqlBatch(Connection) { BatchCommands = { new NpgsqlBatchCommand(sql) } })
        await using (NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct).ConfigureAwait(false))
            if (reader.FieldCount == 0 || reader.GetPostgresType(0).OID != 0) return await reader.ReadAsync(ct).ConfigureAwait(false) && reader.FieldCount > 0 ? reader.GetValue(0) : null;
        // A type of the database's own, such as an enumeration, is asked for as text. That it is one statement is known by now.
        await using var text = new NpgsqlCommand(sql, Connection) { AllResultTypesAreUnknown = true };
        return await text.ExecuteScalarAsync(ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
