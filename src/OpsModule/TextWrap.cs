namespace OpsModule;

/// <summary>Fits text into columns.</summary>
internal static class TextWrap
{
    /// <summary>The lines of a text, broken between words; only a word that is longer than a line is broken itself, after a slash where it has one.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string rest = word;
            if (line.Length > 0 && line.Length + 1 + rest.Length <= width) { line += " " + rest; continue; }
            if (line.Length > 0) yield return line;
            while (rest.Length > width)
            {
                int cut = rest.LastIndexOf('/', width - 1) is > 0 and var slash ? slash + 1 : width;
                yield return rest[..cut];
                rest = rest[cut..];
            }
            line = rest;
        }
        yield return line;
    }

    /// <summary>A text with every line indented.</summary>
    public static string Indented(string text, int indent, int width) =>
        string.Join('\n', Lines(text, width == int.MaxValue ? width : Math.Max(20, width - indent)).Select(line => new string(' ', indent) + line));

    /// <summary>A text that is no longer than this; an ellipsis says that something is missing.</summary>
    public static string Cut(string text, int width) => text.Length <= width ? text : width < 2 ? "…" : text[..(width - 1)] + "…";
}
