using Npgsql;

namespace OpsModule.Connections.Postgres.Queries;

/// <summary>What a statement gives, row by row; it must be read to its end before the session does anything else.</summary>
public sealed class StatementResult : IAsyncDisposable
{
    private readonly NpgsqlCommand _command;
    private readonly NpgsqlDataReader _reader;
    private readonly uint[] _types;
    private bool _isAtEnd;

    internal StatementResult(NpgsqlCommand command, NpgsqlDataReader reader)
    {
        (_command, _reader) = (command, reader);
        Columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        _types = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetDataTypeOID)];
    }

    /// <summary>The names of its columns, as the server gives them; empty for a statement that gives no rows.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>How many rows it changed by its own account, once it was read; -1 where it says nothing.</summary>
    public long Changed => _reader.RecordsAffected < 0 ? -1 : (long)_reader.Rows;

    /// <summary>The next row's values, null for NULL; null at the end.</summary>
    public async ValueTask<object?[]?> ReadAsync(CancellationToken ct)
    {
        if (_isAtEnd |= !await _reader.ReadAsync(ct).ConfigureAwait(false)) return null;
        var row = new object?[_types.Length];
        for (int i = 0; i < row.Length; i++) row[i] = _reader.IsDBNull(i) ? null : ValueText.Read(_types[i], _reader.GetString(i));
        return row;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Closing a reader reads what is left, however much that is.
        if (!_isAtEnd) _command.Cancel();
        try { await _reader.DisposeAsync().ConfigureAwait(false); }
        catch (NpgsqlException) when (!_isAtEnd) { /* it was told to end */ }
        await _command.DisposeAsync().ConfigureAwait(false);
    }
}
