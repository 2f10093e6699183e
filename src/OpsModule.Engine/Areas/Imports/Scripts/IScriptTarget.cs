using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>Takes what a script holds, in its order.</summary>
internal interface IScriptTarget
{
    /// <summary>Takes a statement that has been judged.</summary>
    Task TakeAsync(ScriptAction action, string sql, IReadOnlyList<SqlToken> tokens, long line, CancellationToken ct);

    /// <summary>Takes a COPY statement with its rows.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="encoding">PostgreSQL's name of the encoding that the rows are in.</param>
    /// <param name="line">Its line.</param>
    /// <param name="read">Hands over the rows; to be called once.</param>
    /// <param name="ct">Cancels.</param>
    Task TakeRowsAsync(string sql, string encoding, long line, Func<Func<ReadOnlyMemory<byte>, ValueTask>, Task> read,
        CancellationToken ct);
}
