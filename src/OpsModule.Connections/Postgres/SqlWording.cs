using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// The server's words for an expression are not always what it says of the same expression once it has read them: of
/// <c>status IN ('a', 'b')</c> on a varchar column it says <c>(ARRAY['a'::character varying, ...])::text[]</c>, and of that, restored,
/// <c>ARRAY[('a'::character varying)::text, ...]</c>; and it takes parentheses out of a chain of ANDs. So casts and parentheses do not count.
/// </summary>
public static partial class SqlWording
{
    /// <summary>What a text begins with that is SQL, until it is read; the second one is kept whole.</summary>
    public const int Mark = 1, WholeMark = 2;

    private const int MaxText = 400;

    private const string Type = """(?:"(?:[^"]|"")*"|[\w.]|\ (?=(?:varying|precision|with|without|time|zone)\b)|\(\d+(?:,\d+)?\))+""";

    /// <summary>Takes the marks from texts among properties, and puts a hash in the place of long ones.</summary>
    public static string Settle(string properties) => Marked().Replace(properties, m =>
    {
        string sql = JsonDocument.Parse($"\"{m.Groups["sql"].Value}\"").RootElement.GetString()!;
        return $"\"{JsonEncodedText.Encode(m.Groups["mark"].Value == "1" ? Shorten(sql) : sql)}\"";
    });

    /// <summary>True when two texts are the same but for parentheses and casts.</summary>
    public static bool SaysTheSame(string one, string other) => Bare(one) == Bare(other);

    private static string Shorten(string sql) => Bare(sql) is { Length: > MaxText } bare
        ? "sha256 " + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(bare))).ToLowerInvariant() : sql;

    private static string Bare(string sql)
    {
        var text = new StringBuilder();
        foreach (SqlToken token in SqlTokens.Read(Cast().Replace(sql, "")).Where(t => !t.Is("(") && !t.Is(")"))) text.Append(token.Quoted ? $"\"{token.Text}\"" : token.Text).Append(' ');
        return text.ToString();
    }

    [GeneratedRegex("""
        "\\u000(?<mark>[12])(?<sql>(?:[^"\\]|\\.)*)"
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Marked();

    [GeneratedRegex("::" + Type + @"(?:\[\])*", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Cast();
}
