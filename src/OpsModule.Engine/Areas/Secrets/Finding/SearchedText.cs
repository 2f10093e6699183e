using System.Text;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>A text that is searched, in each way in which it may be read: made once, for all values that are searched for.</summary>
internal sealed class SearchedText(string text)
{
    private string? _dollars, _unescaped, _decoded;

    /// <summary>As it is.</summary>
    public string Text => text;

    /// <summary>Where a doubled dollar is one.</summary>
    public string Dollars => _dollars ??= Of("$$", t => t.Replace("$$", "$"));

    /// <summary>Where a backslash stands before a quote, another backslash or a dollar.</summary>
    public string Unescaped => _unescaped ??= Of("\\", Unescape);

    /// <summary>Percent-decoded.</summary>
    public string Decoded => _decoded ??= Of("%", Uri.UnescapeDataString);

    private string Of(string sign, Func<string, string> read) => text.Contains(sign, StringComparison.Ordinal) ? read(text) : text;

    private static string Unescape(string text)
    {
        var made = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '\\' or '"' or '\'' or '$' or '/') i++;
            made.Append(text[i]);
        }
        return made.ToString();
    }
}
