using System.Buffers;
using System.Text;

namespace OpsModule.Foundations.Text;

/// <summary>Makes foreign text harmless for a terminal or a page: what would steer it, turn the direction of the text, or not be seen becomes a symbol.</summary>
public static class PrintableText
{
    private const char Escape = '\u001b', Delete = '\u007f', Pictures = '\u2400', DeletePicture = '\u2421';

    /// <summary>The text without colours, and with a symbol for each character that is not for the eye.</summary>
    public static string Of(string text)
    {
        int first = text.AsSpan().IndexOfAny(Unsafe);
        if (first < 0) return text;
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

    /// <summary>True when a text has nothing that <see cref="Of"/> would change.</summary>
    public static bool IsSafe(string text) => !text.AsSpan().ContainsAny(Unsafe);

    // Controls, marks of direction, ends of lines that are none for most programs, and what is not seen at all.
    private static readonly SearchValues<char> Unsafe = SearchValues.Create([.. Enumerable.Range(0, 0xFFFF).Select(i => (char)i).Where(IsUnsafe)]);

    private static bool IsUnsafe(char c) => c is (< ' ' and not '\n' and not '\t') or (>= Delete and <= '\u009f') or '\u00ad' or '\u061c' or '\u180e'
        or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff' or (>= '\ufff9' and <= '\ufffb');

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
