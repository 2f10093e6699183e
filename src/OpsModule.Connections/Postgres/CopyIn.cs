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

    public static async Task<CopyIn> BeginAsync(NpgsqlConnection connection, string sql, CancellationToken ct) =>
        new(await connection.BeginTextImportAsync(sql, ct).ConfigureAwait(false));

    public ValueTask WriteAsync(ReadOnlyMemory<byte> rows, CancellationToken ct) => _stream.WriteAsync(rows, ct);

    /// <summary>Commits the rows. A COPY that is not completed ends with its connection and leaves nothing.</summary>
    public ValueTask CompleteAsync() => _writer.DisposeAsync();
}
