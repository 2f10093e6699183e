using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Expressions, targets and literals for atoms.</summary>
internal static class SigmaPattern
{
    public static RuleTarget Target(SigmaPart part) => part switch
    {
        SigmaPart.Agent => RuleTarget.Agent,
        SigmaPart.Referrer => RuleTarget.Referrer,
        SigmaPart.User => RuleTarget.User,
        SigmaPart.Line => RuleTarget.Url | RuleTarget.Malformed | RuleTarget.Header | RuleTarget.Text,
        _ => RuleTarget.Url,
    };

    /// <summary>As written where a value has signs that decoding would take away.</summary>
    public static TextView View(SigmaAtom atom) =>
        atom.Values.Any(v => v.Text.IndexOfAny(['%', '+', '&', '\\']) >= 0 && v.Mode != SigmaMode.Regex || v.Text.Contains('%') || v.Text.Contains("  ", StringComparison.Ordinal)) ? TextView.Raw : TextView.Text;

    public static string Of(SigmaAtom atom) => string.Join('|', atom.Values.Select(v => Of(v, atom.Part)).Distinct());

    private static string Of(SigmaValue value, SigmaPart part)
    {
        string core = value.Mode == SigmaMode.Regex ? $"(?:{value.Text})" : Plain(value.Text);
        // Some rules write the question mark, too, although the query begins behind it.
        if (part == SigmaPart.Query && value.Text.StartsWith('?') && value.Mode != SigmaMode.Regex) (part, core) = (SigmaPart.Url, @"\?" + Plain(value.Text[1..]));
        return (part, value.Mode) switch
        {
            (SigmaPart.Stem, SigmaMode.Equals) => $@"^{core}(?:\?|$)",
            (SigmaPart.Stem, SigmaMode.Starts) => $"^{core}",
            (SigmaPart.Stem, SigmaMode.Ends) => $@"^[^?]*{core}(?:\?|$)",
            (SigmaPart.Stem, SigmaMode.Regex) => value.Text.StartsWith('^') ? core : $"^[^?]*{core}",
            (SigmaPart.Stem, _) => $"^[^?]*{core}",
            (SigmaPart.Query, SigmaMode.Equals) => $@"^[^?]*\?{core}$",
            (SigmaPart.Query, SigmaMode.Starts) => $@"^[^?]*\?{core}",
            (SigmaPart.Query, SigmaMode.Ends) => $@"\?.*{core}$",
            (SigmaPart.Query, SigmaMode.Regex) when value.Text.StartsWith('^') => $@"^[^?]*\?(?:{value.Text[1..]})",
            (SigmaPart.Query, _) => $@"\?.*{core}",
            (_, SigmaMode.Equals) => $"^{core}$",
            (_, SigmaMode.Starts) => $"^{core}",
            (_, SigmaMode.Ends) => $"{core}$",
            _ => core,
        };
    }

    /// <summary>For each value the longest text that must be there; null when one has none of two characters or more.</summary>
    public static IReadOnlyList<string>? Literals(SigmaAtom atom)
    {
        var literals = new List<string>();
        foreach (SigmaValue value in atom.Values)
        {
            IEnumerable<string> runs = value.Mode == SigmaMode.Regex ? RegexSample.Runs(value.Text) : Pieces(value.Text).Where(p => !p.IsWild).Select(p => p.Text);
            string longest = runs.MaxBy(r => r.Trim().Length) ?? "";
            // A blank may be written in several ways; a word of some length does without.
            if (longest.Split(' ').MaxBy(w => w.Length) is { Length: >= 4 } word) longest = word;
            if (Encoding.UTF8.GetByteCount(longest.Trim()) < 2) return null;
            literals.Add(longest);
        }
        return literals.Distinct().ToArray();
    }

    /// <summary>A text that a value matches.</summary>
    public static string Sample(SigmaValue value) =>
        value.Mode == SigmaMode.Regex ? RegexSample.Of(value.Text) : string.Concat(Pieces(value.Text).Select(p => !p.IsWild ? p.Text : p.Text == "?" ? "a" : ""));

    /// <summary>The expression in small letters, as decoded text is; letters behind a backslash mean something else.</summary>
    public static string Small(string expression)
    {
        var small = new StringBuilder();
        for (int i = 0; i < expression.Length; i++)
        {
            small.Append(expression[i] == '\\' ? expression[i] : char.ToLowerInvariant(expression[i]));
            if (expression[i] == '\\' && ++i < expression.Length) small.Append(expression[i]);
        }
        return small.ToString();
    }

    /// <summary>Texts and wildcards of a value in turn.</summary>
    private static List<(string Text, bool IsWild)> Pieces(string value)
    {
        var pieces = new List<(string, bool)>();
        var text = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length && value[i + 1] is '*' or '?' or '\\') text.Append(value[++i]);
            else if (value[i] is '*' or '?')
            {
                if (text.Length > 0) pieces.Add((text.ToString(), false));
                text.Clear();
                pieces.Add((value[i].ToString(), true));
            }
            else text.Append(value[i]);
        }
        if (text.Length > 0) pieces.Add((text.ToString(), false));
        return pieces;
    }

    private static string Plain(string value) => string.Concat(Pieces(value).Select(p => !p.IsWild ? Escape(p.Text) : p.Text == "*" ? ".*" : "."));

    /// <summary>Expressions look at bytes as if each were a character.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            escaped.Append(char.IsAsciiLetterOrDigit((char)b) || b is (byte)'/' or (byte)'_' or (byte)'-' or (byte)'=' or (byte)' ' or (byte)'%' or (byte)'&' or (byte)'\'' or (byte)'"' or (byte)'<' or (byte)'>' or (byte)',' or (byte)':' or (byte)';' or (byte)'@' or (byte)'!' or (byte)'~'
                ? ((char)b).ToString() : b is > 0x20 and < 0x7F ? "\\" + (char)b : $"\\x{b:x2}");
        return escaped.ToString();
    }
}
