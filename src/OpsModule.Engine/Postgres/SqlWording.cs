using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpsModule.Engine.Recovery;

namespace OpsModule.Engine.Postgres;

/// <summary>
/// The server's words for an expression are not always what it says of the same expression once it has read them: of
/// <c>status IN ('a', 'b')</c> on a varchar column it says <c>(ARRAY['a'::character varying, ...])::text[]</c>, and of that, restored,
/// <c>ARRAY[('a'::character varying)::text, ...]</c>. Both are brought into the second form, so that they can be compared.
/// </summary>
internal static partial class SqlWording
{
    /// <summary>What a text begins with that is SQL, until it is read; the second one is kept whole.</summary>
    public const int Mark = 1, WholeMark = 2;

    private const int MaxText = 400;
    private const string Array = "ARRAY[";

    /// <summary>Brings the marked texts among properties into one form, and puts a hash in the place of long ones.</summary>
    public static string Settle(string properties) => Marked().Replace(properties, m =>
    {
        string sql = Normalize(JsonDocument.Parse($"\"{m.Groups["sql"].Value}\"").RootElement.GetString()!);
        return $"\"{JsonEncodedText.Encode(m.Groups["mark"].Value == "1" ? Shorten(sql) : sql)}\"";
    });

    /// <summary>An expression or statement with casts of arrays written as casts of what is in them.</summary>
    public static string Normalize(string sql)
    {
        if (!sql.Contains("(" + Array, StringComparison.Ordinal)) return sql;
        var text = new StringBuilder();
        for (int at = 0; at < sql.Length;)
        {
            if (string.CompareOrdinal(sql, at, "(" + Array, 0, Array.Length + 1) == 0 && Distributed(sql, at) is var (written, after))
            {
                text.Append(written);
                at = after;
                continue;
            }
            int end = Math.Max(at + 1, SqlTokens.EndOf(sql, at));
            text.Append(sql, at, end - at);
            at = end;
        }
        return text.ToString();
    }

    /// <summary>True when two texts are the same but for parentheses and casts.</summary>
    public static bool SaysTheSame(string one, string other) => Bare(one) == Bare(other);

    private static string Shorten(string sql) => sql.Length <= MaxText ? sql : "sha256 " + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(sql))).ToLowerInvariant();

    /// <summary>Reads <c>(ARRAY[...])::type[]</c> at a position; null when it is something else.</summary>
    private static (string Sql, int After)? Distributed(string sql, int at)
    {
        var elements = new List<string>();
        int i = at + 1 + Array.Length, start = i;
        for (int depth = 0; i < sql.Length; i = Math.Max(i + 1, SqlTokens.EndOf(sql, i)))
        {
            char c = sql[i];
            if (c is '(' or '[') depth++;
            else if (c == ']' && depth == 0) break;
            else if (c is ')' or ']') depth--;
            else if (c == ',' && depth == 0)
            {
                elements.Add(sql[start..i].Trim());
                start = i + 1;
            }
        }
        if (i >= sql.Length || CastOfArray().Match(sql, i) is not { Success: true } cast) return null;
        elements.Add(sql[start..i].Trim());
        string type = cast.Groups[1].Value;
        return (Array + string.Join(", ", elements.Select(e => Cast(e, type))) + "]", cast.Index + cast.Length);
    }

    private static string Cast(string element, string type) =>
        element.StartsWith(Array, StringComparison.Ordinal) ? Normalize($"({element})::{type}[]") : $"({Normalize(element)})::{type}";

    private static string Bare(string sql)
    {
        var text = new StringBuilder();
        List<SqlToken> tokens = SqlTokens.Read(CastOf().Replace(Normalize(sql), ""));
        foreach (SqlToken token in tokens.Where(t => !t.Is("(") && !t.Is(")"))) text.Append(token.Quoted ? $"\"{token.Text}\"" : token.Text).Append(' ');
        return text.ToString();
    }

    private const string Type = """(?:"(?:[^"]|"")*"|[\w.]|\ (?=(?:varying|precision|with|without|time|zone)\b)|\(\d+(?:,\d+)?\))+""";

    [GeneratedRegex("""
        "\\u000(?<mark>[12])(?<sql>(?:[^"\\]|\\.)*)"
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Marked();

    [GeneratedRegex(@"\G\]\)::(" + Type + @")\[\]", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex CastOfArray();

    [GeneratedRegex("::" + Type + @"(?:\[\])?", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex CastOf();
}
