using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>Short forms for running statements on an open connection.</summary>
public static class Sql
{
    /// <summary>Runs a statement and drops what it returns.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels it.</param>
    /// <param name="values">The values of <c>$1</c>, <c>$2</c> ...; null is SQL's NULL.</param>
    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Runs a query and returns the first column of its first row. No row, NULL, and a value of another type than
    /// <typeparamref name="T"/> give the default of <typeparamref name="T"/>.</summary>
    /// <inheritdoc cref="ExecuteAsync" path="/param"/>
    public static async Task<T?> ScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is T value ? value : default;
    }

    /// <summary>Runs a query and returns what <paramref name="read"/> makes of each of its rows, in their order.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="sql">The query.</param>
    /// <param name="read">Makes a value of the row that the reader stands on.</param>
    /// <param name="ct">Cancels it.</param>
    /// <param name="values">The values of <c>$1</c>, <c>$2</c> ...; null is SQL's NULL.</param>
    public static async Task<List<T>> ListAsync<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs a query of one text column and returns its values, in the order of its rows; none may be NULL.</summary>
    /// <inheritdoc cref="ExecuteAsync" path="/param"/>
    public static Task<List<string>> NamesAsync(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values) =>
        connection.ListAsync(sql, r => r.GetString(0), ct, values);

    /// <summary>The text in a column of the row that the reader stands on, counted from 0; null for NULL.</summary>
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
