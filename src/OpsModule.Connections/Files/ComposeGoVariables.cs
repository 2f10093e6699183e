using System.Text.RegularExpressions;

namespace OpsModule.Connections.Files;

/// <summary>Replaces <c>$NAME</c>, <c>${NAME}</c> and its forms with a default, an alternative or an error, as Compose v2 does.</summary>
internal static partial class ComposeGoVariables
{
    /// <summary>The text with its variables replaced; what is set nowhere becomes empty.</summary>
    /// <exception cref="FormatException">A variable is required and not set, or what follows a <c>$</c> is no variable.</exception>
    public static string Expand(string text, Func<string, string?> find) =>
        text.Contains('$') ? Variable().Replace(text, m => One(m.Value, find)) : text;

    /// <summary>One that was found, as far as the last brace of its line; what stands behind its own is expanded by itself.</summary>
    private static string One(string found, Func<string, string?> find)
    {
        int end = ClosingBrace(found);
        Match match = end < 0 ? Variable().Match(found) : Variable().Match(found[..(end + 1)]);
        if (match.Groups["escaped"].Success) return "$";
        if (match.Groups["plain"] is { Success: true } plain) return find(plain.Value) ?? "";
        if (!match.Groups["name"].Success) throw new FormatException("what stands after ${ is no variable");
        string rest = end < 0 ? "" : found[(end + 1)..];
        return Braced(match.Groups["name"].Value, match.Groups["sign"].Value, match.Groups["word"].Value, find) + Expand(rest, find);
    }

    private static string Braced(string name, string sign, string word, Func<string, string?> find)
    {
        string? value = find(name);
        bool isSet = sign.StartsWith(':') ? !string.IsNullOrEmpty(value) : value is not null;
        return sign.TrimStart(':') switch
        {
            "-" => isSet ? value! : Expand(word, find),
            "+" => isSet ? Expand(word, find) : value ?? "",
            "?" => isSet ? value! : throw new FormatException($"{name} is required, and is not set"),
            _ => value ?? "",
        };
    }

    /// <summary>Where the first brace is closed; the character after an opening one does not count. Negative when it is not.</summary>
    private static int ClosingBrace(string text)
    {
        int open = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '}' && --open == 0) return i;
            if (text[i] != '{') continue;
            open++;
            i++;
        }
        return -1;
    }

    [GeneratedRegex(
        @"\$(?:(?<escaped>\$)|(?<plain>[_A-Za-z][_A-Za-z0-9]*)"
        + @"|\{(?:(?<name>[_A-Za-z][_A-Za-z0-9]*)(?:(?<sign>:?[-+?])(?<word>.*))?\}|(?<none>)))")]
    private static partial Regex Variable();
}
