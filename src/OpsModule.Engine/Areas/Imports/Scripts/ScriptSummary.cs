using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>Counts what a script holds, and runs nothing of it.</summary>
internal sealed class ScriptSummary : IScriptTarget
{
    private readonly List<string> _made = [];
    private readonly HashSet<string> _filled = new(StringComparer.Ordinal);
    private string _path = "";

    /// <summary>How many statements it has.</summary>
    public long Statements { get; private set; }

    /// <summary>The tables that it makes and that have rows of their own: no foreign ones, and none that are partitioned.</summary>
    public IReadOnlyList<string> Made => _made;

    /// <summary>Those of which there is neither a COPY nor an INSERT.</summary>
    public IEnumerable<string> Unfilled => _made.Where(t => !_filled.Contains(t));

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
        else if (tokens[0].Is("INSERT")) Filled(tokens, 2);
        else if (tokens[0].Is("CREATE")) Make(tokens);
        // Those before 10.3 name tables without schemas.
        else if (tokens[0].Is("SET") && tokens.Count > 3 && tokens[1].Is("search_path")) _path = tokens[3].Text;
        return Task.CompletedTask;
    }

    public Task TakeRowsAsync(string sql, string encoding, long line, Func<Func<ReadOnlyMemory<byte>, ValueTask>, Task> read,
        CancellationToken ct)
    {
        Statements++;
        _filled.Add(NameOf(SqlTokens.Read(sql), 1));
        return read(rows =>
        {
            RowCount += rows.Span.Count((byte)'\n');
            return ValueTask.CompletedTask;
        });
    }

    private void Filled(IReadOnlyList<SqlToken> tokens, int at)
    {
        RowCount++;
        _filled.Add(NameOf(tokens, at));
    }

    private void Make(IReadOnlyList<SqlToken> tokens)
    {
        if (tokens.Count > 2 && tokens[1].Is("SCHEMA")) Schemas.Add(tokens[2].Text);
        int table = tokens.Take(4).ToList().FindIndex(t => t.Is("TABLE"));
        if (table < 0) return;
        if (table + 2 < tokens.Count && tokens[table + 2].Is(".")) Schemas.Add(tokens[table + 1].Text);
        bool isParted = tokens.Zip(tokens.Skip(1)).Any(p => p.First.Is("PARTITION") && p.Second.Is("BY"));
        if (!isParted && !tokens[1].Is("FOREIGN")) _made.Add(NameOf(tokens, table + 1));
    }

    /// <summary>The table that is named from a token on, with its schema.</summary>
    private string NameOf(IReadOnlyList<SqlToken> tokens, int at)
    {
        if (at >= tokens.Count) return "";
        return at + 2 < tokens.Count && tokens[at + 1].Is(".") ? $"{tokens[at].Text}.{tokens[at + 2].Text}" : $"{_path}.{tokens[at].Text}";
    }

    /// <summary>Name and schema of <c>CREATE EXTENSION [IF NOT EXISTS] name [WITH] [SCHEMA schema]</c>.</summary>
    private static (string Name, string? Schema) ExtensionOf(IReadOnlyList<SqlToken> tokens)
    {
        int name = tokens.Count > 5 && tokens[2].Is("IF") ? 5 : 2, schema = -1;
        for (int i = name + 1; i + 1 < tokens.Count; i++) if (tokens[i].Is("SCHEMA")) schema = i + 1;
        return (tokens[name].Text, schema < 0 ? null : tokens[schema].Text);
    }
}
