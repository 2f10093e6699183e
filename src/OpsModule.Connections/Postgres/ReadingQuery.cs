using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>Tells queries from other statements. A read-only transaction lets some through that write elsewhere, as COPY ... TO PROGRAM does.</summary>
public static class ReadingQuery
{
    private static readonly string[] Openings = ["SELECT", "WITH", "VALUES", "TABLE", "SHOW"];

    /// <exception cref="OpsException"><c>QueryNotReading</c>: it does not begin as a query does.</exception>
    public static void Check(string sql, string whose)
    {
        ReadOnlySpan<char> rest = Skip(sql);
        int end = 0;
        while (end < rest.Length && char.IsAsciiLetter(rest[end])) end++;
        string word = rest[..end].ToString();
        if (Openings.Contains(word, StringComparer.OrdinalIgnoreCase)) return;
        throw new OpsException("QueryNotReading", OpsErrorCategory.InvalidArgument,
            $"{whose} begins with {(word.Length == 0 ? "no word" : word.ToUpperInvariant())}, and is not run: only {string.Join(", ", Openings)} are.",
            "Write one query that reads.", whose);
    }

    /// <summary>What stands behind blanks, parentheses and comments, which nest.</summary>
    private static ReadOnlySpan<char> Skip(ReadOnlySpan<char> sql)
    {
        while (true)
        {
            sql = sql.TrimStart(" \t\r\n\f\v(");
            if (sql.StartsWith("--"))
            {
                int line = sql.IndexOfAny('\r', '\n');
                sql = line < 0 ? [] : sql[line..];
            }
            else if (sql.StartsWith("/*")) sql = sql[EndOfComment(sql)..];
            else return sql;
        }
    }

    private static int EndOfComment(ReadOnlySpan<char> sql)
    {
        int depth = 0, at = 0;
        while (at + 1 < sql.Length)
        {
            if (sql[at] == '/' && sql[at + 1] == '*') (depth, at) = (depth + 1, at + 2);
            else if (sql[at] == '*' && sql[at + 1] == '/') (depth, at) = (depth - 1, at + 2);
            else at++;
            if (depth == 0) return at;
        }
        return sql.Length;
    }
}
