using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A piece of the text around a value: text that stays, or a place for the value or the login.</summary>
internal sealed class TemplatePart
{
    /// <summary>Where a URL inside of other text ends at the latest.</summary>
    private const string Borders = " \t\r\n;'\"`|<>()[]{}";

    /// <summary>What ends or begins something in one of the ways in which settings are written: libpq, ADO, ini, JSON, shells.</summary>
    private const string Signs = "'\"\\`;,&#<>|(){}[]";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly string _refused;
    private readonly bool _isQuoted;

    private TemplatePart(string text, string? name, string group, bool isEncoded, char? quote, string around)
    {
        (Name, Group, IsEncoded, _isQuoted) = (name, group, isEncoded, quote is not null);
        // In quotes only what ends or escapes them is read as something else. A path or a query may be decoded, though it has no host.
        _refused = quote is { } sign ? $"{sign}\\"
            : Signs + string.Concat(around.Where(c => !char.IsAsciiLetterOrDigit(c) && !"=-_.~".Contains(c)))
            + (around.IndexOfAny(['/', '?', '&']) >= 0 ? "%+" : "");
        Pattern = name is null ? Regex.Escape(text) : $"(?<{group}>{(isEncoded
            // What a URL takes for a border is never a part of one.
            ? "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+" : $@"[^\p{{Cc}}{(_isQuoted ? "" : @"\s")}{Set(_refused)}]+")})";
        Text = text;
    }

    /// <summary><c>{value}</c> or <c>{login}</c>; null for text that stays.</summary>
    public string? Name { get; }

    /// <summary>Its name in the pattern.</summary>
    public string Group { get; }

    /// <summary>True in a URL.</summary>
    public bool IsEncoded { get; }

    /// <summary>What it looks like in a text.</summary>
    public string Pattern { get; }

    private string Text { get; }

    /// <summary>The parts of a text.</summary>
    public static IReadOnlyList<TemplatePart> Of(string text, Regex places)
    {
        var parts = new List<TemplatePart>();
        string[] pieces = places.Split(text);
        string around = string.Concat(pieces.Where((_, i) => i % 2 == 0)), before = "";
        for (int i = 0; i < pieces.Length; i++)
        {
            bool isPlace = i % 2 == 1;
            char? quote = isPlace && before.Length > 0 && (before[^1] is '\'' or '"') && pieces[i + 1].StartsWith(before[^1])
                ? before[^1] : null;
            string near = before[(before.LastIndexOfAny(Borders.ToCharArray()) + 1)..];
            parts.Add(new TemplatePart(pieces[i], isPlace ? pieces[i] : null, $"p{i}",
                isPlace && near.Contains("://", StringComparison.Ordinal), quote, around));
            // What stands in a place is never a border of the text around it.
            before += isPlace ? "x" : pieces[i];
        }
        return parts;
    }

    /// <summary>What of a text cannot stand here as it is, in words; null for nothing.</summary>
    public string? FindRefused(string text)
    {
        if (Name is null || IsEncoded) return null;
        foreach (char c in text)
        {
            if (char.IsControl(c)) return "a control character";
            if (!_isQuoted && char.IsWhiteSpace(c)) return "a blank";
            if (_refused.Contains(c)) return $"the character {c}";
        }
        return null;
    }

    /// <summary>How a text is written here.</summary>
    public string Write(string text) => Name is null ? Text : IsEncoded ? Uri.EscapeDataString(text) : text;

    /// <summary>What was written here; null where it is no text.</summary>
    public string? Read(string written)
    {
        if (!IsEncoded) return written;
        var bytes = new List<byte>();
        for (int i = 0; i < written.Length; i++)
        {
            bytes.Add(written[i] == '%' ? Convert.FromHexString(written.AsSpan(i + 1, 2))[0] : (byte)written[i]);
            if (written[i] == '%') i += 2;
        }
        try { return Strict.GetString([.. bytes]); }
        catch (DecoderFallbackException) { return null; }
    }

    private static string Set(string characters) => string.Concat(characters.Distinct().Select(c => $@"\u{(int)c:x4}"));
}
