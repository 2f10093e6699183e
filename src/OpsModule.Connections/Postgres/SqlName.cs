using System.Text;

namespace OpsModule.Connections.Postgres;

/// <summary>The one place where PostgreSQL identifiers and literals are quoted.</summary>
public static class SqlName
{
    /// <summary>PostgreSQL keeps this many bytes of an identifier.</summary>
    public const int MaxBytes = 63;

    /// <summary>Quotes an identifier, always.</summary>
    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";

    /// <summary>Quotes a qualified name.</summary>
    public static string Quote(string schema, string name) => Quote(schema) + "." + Quote(name);

    /// <summary>Quotes a string literal, for statements that take no parameters; safe whatever standard_conforming_strings is.</summary>
    public static string Literal(string value) =>
        value.Contains('\\') ? " E'" + value.Replace("\\", "\\\\").Replace("'", "''") + "'" : "'" + value.Replace("'", "''") + "'";

    /// <summary>A pg_dump pattern that matches exactly this name.</summary>
    public static string Pattern(string name) => Quote(name);

    /// <summary>Shortens a name to what PostgreSQL keeps, never in the middle of a character.</summary>
    public static string Truncate(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes) return name;
        var kept = new StringBuilder();
        int bytes = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > MaxBytes) break;
            kept.Append(rune);
        }
        return kept.ToString();
    }
}
