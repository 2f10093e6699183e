using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>One COPY ... FROM STDIN in text form, fed with bytes as they are.</summary>
public sealed class CopyIn
{
    private readonly TextWriter _writer;
    private readonly Stream _stream;

    private CopyIn(TextWriter writer)
    {
        _writer = writer;
        // Npgsql offers raw bytes only for binary COPY; the text writer's own stream is the way to send text without decoding it.
        _stream = ((StreamWriter)writer).BaseStream;
    }

    /// <summary>Begins a COPY; the connection can do nothing else until the COPY is completed.</summary>
    /// <param name="connection">The connection that the rows go over.</param>
    /// <param name="sql">The whole statement, <c>COPY ... FROM STDIN</c> in text form.</param>
    /// <param name="ct">Cancels the beginning.</param>
    /// <exception cref="PostgresException">The server refuses the statement.</exception>
    public static async Task<CopyIn> BeginAsync(NpgsqlConnection connection, string sql, CancellationToken ct) =>
        new(await connection.BeginTextImportAsync(sql, ct).ConfigureAwait(false));

    /// <summary>Sends a piece of the rows as it is, in the statement's encoding. A piece may end in the middle of a row.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> rows, CancellationToken ct) => _stream.WriteAsync(rows, ct);

    /// <summary>Commits the rows. A COPY that is not completed ends with its connection and leaves nothing.</summary>
    public ValueTask CompleteAsync() => _writer.DisposeAsync();
}
