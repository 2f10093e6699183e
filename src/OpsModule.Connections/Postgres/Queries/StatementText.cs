using System.Security.Cryptography;
using System.Text;

namespace OpsModule.Connections.Postgres.Queries;

/// <summary>
/// What can be told of a statement by reading it: its first word, whether there is another behind it, and its placeholders.
/// </summary>
public sealed class StatementText
{
    private readonly List<SqlToken> _tokens;

    /// <param name="sql">The text as it was written.</param>
    public StatementText(string sql)
    {
        Sql = sql;
        _tokens = SqlTokens.Read(sql);
        Keyword = _tokens.FirstOrDefault(t => !t.Is("(")) is { Quoted: false, Text: { } word } && word.All(char.IsAsciiLetter)
            ? word.ToUpperInvariant() : "";
        Placeholders = [.. FindPlaceholders("@", ":").Distinct(StringComparer.OrdinalIgnoreCase)];
        AtNames = [.. FindPlaceholders("@").Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The text.</summary>
    public string Sql { get; }

    /// <summary>Its first word in capitals, behind parentheses and comments; empty when it begins with none.</summary>
    public string Keyword { get; }

    /// <summary>SHA-256 of the text, in hexadecimal.</summary>
    public string Hash => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Sql))).ToLowerInvariant();

    /// <summary>True when something stands behind a semicolon.</summary>
    public bool HasSeveral => _tokens.FindIndex(t => t.Is(";")) is >= 0 and var end && _tokens.Skip(end).Any(t => !t.Is(";"));

    /// <summary>True when this word stands in it, and in no quotes.</summary>
    public bool Says(string word) => _tokens.Exists(t => t.Is(word));

    /// <summary>What could be placeholders: the names in <c>@name</c> and <c>:name</c>. Some are none, as in <c>a[1:n]</c>.</summary>
    public IReadOnlyList<string> Placeholders { get; }

    /// <summary>
    /// The names in <c>@name</c> alone. Without a value the sign would be the operator for the absolute value, and <c>id = @id</c> be
    /// true of every row.
    /// </summary>
    public IReadOnlyList<string> AtNames { get; }

    private IEnumerable<string> FindPlaceholders(params string[] signs)
    {
        for (int at = 0; at + 1 < _tokens.Count; at++)
        {
            if (!signs.Contains(_tokens[at].Text)) continue;
            // A cast is ::type, and other operators hold the sign as well (@>, <@).
            if (at > 0 && _tokens[at].Start == _tokens[at - 1].End && _tokens[at - 1].Text is ":" or "@" or "<" or ">" or "?") continue;
            SqlToken next = _tokens[at + 1];
            if (!next.Quoted && next.Start == _tokens[at].End
                && (char.IsLetter(next.Text[0]) || next.Text[0] == '_')) yield return next.Text;
        }
    }
}
