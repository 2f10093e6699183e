using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>Counts what a script holds, and runs nothing of it.</summary>
internal sealed class ScriptSummary : IScriptTarget
{
    private static readonly HashSet<string> Rows = new(StringComparer.OrdinalIgnoreCase) { "INSERT" };

    /// <summary>How many statements it has.</summary>
    public long Statements { get; private set; }

    /// <summary>How many tables it makes.</summary>
    public int Tables { get; private set; }

    /// <summary>How many rows come with COPY and INSERT.</summary>
    public long RowCount { get; private set; }

    /// <summary>The schemas that it makes, or puts tables in.</summary>
    public SortedSet<string> Schemas { get; } = new(StringComparer.Ordinal);

    /// <summary>The extensions that it makes, with the schemas that they are put into.</summary>
    public List<(string Name, string? Schema)> Extensions { get; } = [];

    public Task TakeAsync(ScriptAction action, string sql, IReadOnlyList<SqlToken> tokens, long line, CancellationToken ct)
    {
        Statements++;
        if (action == ScriptAction.Extension) Extensions.Add(ExtensionOf(tokens));
        else if (Rows.Contains(tokens[0].Text)) RowCount++;
        else if (tokens[0].Is("CREATE")) Made(tokens);
        return Task.CompletedTask;
    }

    public Task TakeRowsAsync(string sql, string encoding, long line, Func<Func<ReadOnlyMemory<byte>, ValueTask>, Task> read,
        CancellationToken ct)
    {
        Statements++;
        return read(rows =>
        {
            RowCount += rows.Span.Count((byte)'\n');
            return ValueTask.CompletedTask;
        });
    }

    private void Made(IReadOnlyList<SqlToken> tokens)
    {
        if (tokens.Count > 2 && tokens[1].Is("SCHEMA")) Schemas.Add(tokens[2].Text);
        int table = tokens.Take(4).ToList().FindIndex(t => t.Is("TABLE"));
        if (table < 0) return;
        Tables++;
        if (table + 2 < tokens.Count && tokens[table + 2].Is(".")) Schemas.Add(tokens[table + 1].Text);
    }

    /// <summary>Name and schema of <c>CREATE EXTENSION [IF NOT EXISTS] name [WITH] [SCHEMA schema]</c>.</summary>
    private static (string Name, string? Schema) ExtensionOf(IReadOnlyList<SqlToken> tokens)
    {
        int name = tokens.Count > 5 && tokens[2].Is("IF") ? 5 : 2, schema = -1;
        for (int i = name + 1; i + 1 < tokens.Count; i++) if (tokens[i].Is("SCHEMA")) schema = i + 1;
        return (tokens[name].Text, schema < 0 ? null : tokens[schema].Text);
    }
}
