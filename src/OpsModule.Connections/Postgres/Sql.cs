using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>Short forms for running statements on an open connection.</summary>
public static class Sql
{
    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    public static async Task<T?> ScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is T value ? value : default;
    }

    public static async Task<List<T>> ListAsync<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }

    public static Task<List<string>> NamesAsync(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values) =>
        connection.ListAsync(sql, r => r.GetString(0), ct, values);

    public static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>Ends an attempt whose transaction has failed; a connection that is gone has ended it already.</summary>
    public static async Task RollbackAsync(this NpgsqlConnection connection)
    {
        try { await connection.ExecuteAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false); }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException) { }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (object? value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }
}
