using System.Text;

namespace OpsModule.Engine;

/// <summary>Makes foreign text harmless for a terminal or a page: what would steer it, or turn the direction of the text, becomes a symbol.</summary>
public static class PrintableText
{
    private const char Escape = '\u001b', Delete = '\u007f', Pictures = '\u2400', DeletePicture = '\u2421';

    /// <summary>The text without colours, and with a symbol for each character that is not for the eye.</summary>
    public static string Of(string text)
    {
        int first = 0;
        while (first < text.Length && !IsUnsafe(text[first])) first++;
        if (first == text.Length) return text;
        var safe = new StringBuilder(text, 0, first, text.Length);
        for (int i = first; i < text.Length; i++)
        {
            if (text[i] == Escape && ColourEnd(text, i) is > 0 and var end) { i = end; continue; }
            safe.Append(text[i] switch
            {
                var c when !IsUnsafe(c) => c,
                < ' ' and var c => (char)(Pictures + c),
                Delete => DeletePicture,
                _ => '\ufffd',
            });
        }
        return safe.ToString();
    }

    private static bool IsUnsafe(char c) =>
        c is (< ' ' and not '\n' and not '\t') or (>= Delete and <= '\u009f') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u200e' or '\u200f' or '\u061c';

    /// <summary>Where a sequence that sets colours (ESC [ numbers m) ends, or -1.</summary>
    private static int ColourEnd(string text, int start)
    {
        if (start + 1 >= text.Length || text[start + 1] != '[') return -1;
        for (int i = start + 2; i < text.Length; i++)
        {
            if (text[i] == 'm') return i;
            if (text[i] is not (>= '0' and <= '9' or ';' or ':')) return -1;
        }
        return -1;
    }
}
