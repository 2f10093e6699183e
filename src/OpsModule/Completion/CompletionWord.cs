using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Completion;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Completion;

/// <summary>The word that is typed, and names as they are typed: accepting one must never run anything, whatever a stranger called it.</summary>
internal sealed partial record CompletionWord(string Text)
{
    // PowerShell takes typographic quotes for quotes.
    private const string SingleQuotes = "'\u2018\u2019\u201a\u201b", DoubleQuotes = "\"\u201c\u201d\u201e";

    public static CompletionWord Of(string? word)
    {
        string text = word ?? "";
        if (text.Length == 0 || !(SingleQuotes + DoubleQuotes).Contains(text[0])) return new CompletionWord(text);
        bool isSingle = SingleQuotes.Contains(text[0]);
        text = text[1..];
        if (text.Length > 0 && (isSingle ? SingleQuotes : DoubleQuotes).Contains(text[^1])) text = text[..^1];
        return new CompletionWord(isSingle ? text.Replace("''", "'", StringComparison.Ordinal) : text);
    }

    public bool Fits(string name) => name.StartsWith(Text, StringComparison.OrdinalIgnoreCase) || (NamePattern.HasWildcard(Text) && NamePattern.IsMatch(Text + "*", name));

    public static CompletionResult Result(KnownName known)
    {
        string shown = OnOneLine(known.Name), about = OnOneLine(known.About);
        return new CompletionResult(Quote(known.Name), shown.Length == 0 ? "?" : shown, CompletionResultType.ParameterValue, about.Length == 0 ? "?" : about);
    }

    /// <summary>A name as one word of PowerShell's language, which means exactly this name.</summary>
    public static string Quote(string name)
    {
        if (Plain().IsMatch(name)) return name;
        if (IsForTheEye(name)) return "'" + string.Concat(name.Select(c => SingleQuotes.Contains(c) ? $"{c}{c}" : $"{c}")) + "'";
        // What would steer the terminal, or end the line, is written by its number.
        var text = new StringBuilder("\"");
        foreach (char c in name)
        {
            if (!IsForTheEye($"{c}")) text.Append(CultureInfo.InvariantCulture, $"`u{{{(int)c:x}}}");
            else if (c is '`' or '$' || DoubleQuotes.Contains(c)) text.Append('`').Append(c);
            else text.Append(c);
        }
        return text.Append('"').ToString();
    }

    private static bool IsForTheEye(string text) => PrintableText.IsSafe(text) && text.AsSpan().IndexOfAny('\n', '\t') < 0;

    private static string OnOneLine(string text) => PrintableText.Of(text).Replace('\n', '\u240a').Replace('\t', '\u2409');

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.:/+-]*\z")]
    private static partial Regex Plain();
}
