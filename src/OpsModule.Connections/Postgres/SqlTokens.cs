namespace OpsModule.Connections.Postgres;

/// <summary>One token of a statement that pg_dump wrote.</summary>
/// <param name="Text">The token; of an identifier in quotes, what is between them.</param>
/// <param name="Quoted">True for an identifier in quotes.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
public readonly record struct SqlToken(string Text, bool Quoted, int Start, int End)
{
    /// <summary>True when the token is this word, in upper or lower case. An identifier in quotes is never a word.</summary>
    public bool Is(string word) => !Quoted && Text.Equals(word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Cuts the regular statements that pg_dump writes (COPY, GRANT, ADD CONSTRAINT) into identifiers, words and marks: enough to find a
/// name in them without being misled by what stands between quotes, in the body of a function, or in a comment.
/// </summary>
public static class SqlTokens
{
    /// <summary>The tokens; comments are none.</summary>
    public static List<SqlToken> Read(string sql)
    {
        var tokens = new List<SqlToken>();
        for (int at = 0; at < sql.Length;)
        {
            if (char.IsWhiteSpace(sql[at])) { at++; continue; }
            int end = EndOf(sql, at);
            if (sql[at] == '"') tokens.Add(new SqlToken(sql[(at + 1)..Math.Max(at + 1, end - 1)].Replace("\"\"", "\""), true, at, end));
            else if (!IsComment(sql, at)) tokens.Add(new SqlToken(sql[at..end], false, at, end));
            at = end;
        }
        return tokens;
    }

    /// <summary>Where the token that begins at a position ends. A string, a quoted name, a function's body and a comment are one token each.</summary>
    public static int EndOf(string sql, int at) => sql[at] switch
    {
        '"' or '\'' => EndOfQuoted(sql, at, escapes: false),
        'E' or 'e' when Follows(sql, at + 1, "'") => EndOfQuoted(sql, at + 1, escapes: true),
        '$' => EndOfDollarQuoted(sql, at),
        '-' when IsComment(sql, at) => sql.IndexOf('\n', at) is var end and >= 0 ? end + 1 : sql.Length,
        '/' when IsComment(sql, at) => EndOfComment(sql, at),
        var c when IsWordPart(c) => EndOfWord(sql, at),
        _ => at + 1,
    };

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

    private static int EndOfQuoted(string sql, int at, bool escapes)
    {
        char quote = sql[at];
        for (at++; at < sql.Length; at++)
        {
            if (escapes && sql[at] == '\\') { at++; continue; }
            if (sql[at] != quote) continue;
            if (Follows(sql, at + 1, "'") && quote == '\'' || Follows(sql, at + 1, "\"") && quote == '"') { at++; continue; }
            return at + 1;
        }
        return sql.Length;
    }

    /// <summary>Behind <c>$tag$ ... $tag$</c>; behind the mark alone where none begins.</summary>
    private static int EndOfDollarQuoted(string sql, int at)
    {
        int tag = at + 1;
        while (tag < sql.Length && sql[tag] != '$' && IsWordPart(sql[tag])) tag++;
        if (!Follows(sql, tag, "$") || (tag > at + 1 && char.IsAsciiDigit(sql[at + 1]))) return at + 1;
        string mark = sql[at..(tag + 1)];
        int end = sql.IndexOf(mark, tag + 1, StringComparison.Ordinal);
        return end < 0 ? sql.Length : end + mark.Length;
    }

    private static int EndOfComment(string sql, int at)
    {
        int depth = 0;
        for (; at < sql.Length; at++)
        {
            if (Follows(sql, at, "/*")) (depth, at) = (depth + 1, at + 1);
            else if (Follows(sql, at, "*/"))
            {
                at++;
                if (--depth == 0) return at + 1;
            }
        }
        return sql.Length;
    }

    private static bool IsComment(string sql, int at) => Follows(sql, at, "--") || Follows(sql, at, "/*");

    private static bool Follows(string sql, int at, string text) => string.CompareOrdinal(sql, at, text, 0, text.Length) == 0 && at < sql.Length;
}
