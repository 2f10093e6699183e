namespace OpsModule.Engine.Recovery;

/// <summary>One token of a statement that pg_dump wrote.</summary>
/// <param name="Text">The token; of an identifier in quotes, what is between them.</param>
/// <param name="Quoted">True for an identifier in quotes.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct SqlToken(string Text, bool Quoted, int Start, int End)
{
    public bool Is(string word) => !Quoted && Text.Equals(word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Cuts the regular statements that pg_dump writes (COPY, GRANT, ADD CONSTRAINT) into identifiers, words and marks: enough to find a
/// name in them without being misled by what stands between quotes.
/// </summary>
internal static class SqlTokens
{
    public static List<SqlToken> Read(string sql)
    {
        var tokens = new List<SqlToken>();
        for (int at = 0; at < sql.Length;)
        {
            char c = sql[at];
            if (char.IsWhiteSpace(c)) { at++; continue; }
            int end = c switch
            {
                '"' or '\'' => EndOfQuoted(sql, at),
                _ when IsWordPart(c) => EndOfWord(sql, at),
                _ => at + 1,
            };
            tokens.Add(c == '"'
                ? new SqlToken(sql[(at + 1)..(end - 1)].Replace("\"\"", "\""), true, at, end)
                : new SqlToken(sql[at..end], false, at, end));
            at = end;
        }
        return tokens;
    }

    /// <summary>Reads <c>schema.name</c> at a position and moves behind it; null when there is none.</summary>
    public static (string Schema, string Name)? QualifiedName(IReadOnlyList<SqlToken> tokens, ref int at)
    {
        if (at + 2 >= tokens.Count || !tokens[at + 1].Is(".")) return null;
        (string, string) name = (tokens[at].Text, tokens[at + 2].Text);
        at += 3;
        return name;
    }

    private static bool IsWordPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' || c > 127;

    private static int EndOfWord(string sql, int at)
    {
        while (at < sql.Length && IsWordPart(sql[at])) at++;
        return at;
    }

    private static int EndOfQuoted(string sql, int at)
    {
        char quote = sql[at];
        for (at++; at < sql.Length; at++)
        {
            if (sql[at] != quote) continue;
            if (at + 1 < sql.Length && sql[at + 1] == quote) { at++; continue; }
            return at + 1;
        }
        return sql.Length;
    }
}
