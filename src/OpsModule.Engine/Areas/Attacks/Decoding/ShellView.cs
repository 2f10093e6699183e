namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>A command without what a shell takes out of its words: c''at, c\at, ca$@t, who$()ami, [c]at, cat${IFS}file; {cat,file} and /???/c?t stay.</summary>
internal static class ShellView
{
    private static readonly System.Buffers.SearchValues<byte> Tricks = System.Buffers.SearchValues.Create("'\"\\$^[`+"u8);

    /// <summary>False when there is nothing to undo.</summary>
    public static bool Make(ReadOnlySpan<byte> text, TextBuffer result, ref DecodeTrail trail)
    {
        if (text.IndexOfAny(Tricks) < 0) return false;
        result.Clear();
        bool undone = false, form = IsForm(text);
        for (int i = 0; i < text.Length; i++)
        {
            ReadOnlySpan<byte> rest = text[i..];
            if (Blank(rest) is > 0 and var blank)
            {
                result.Append((byte)' ');
                i += blank - 1;
                undone = true;
            }
            else if (form && rest[0] == '+')
            {
                result.Append((byte)' ');
                undone = true;
            }
            else if (rest[0] is (byte)'\'' or (byte)'"' && rest.Length > 1 && rest[1] == rest[0] && IsInWord(text, i, 2)) { i++; undone = true; }
            else if (rest[0] is (byte)'\'' or (byte)'"' && IsInWord(text, i, 1)) undone = true;
            else if (rest[0] is (byte)'\\' or (byte)'^' && IsInWord(text, i, 1) && !IsLineBreak(rest)) undone = true;
            else if (rest.StartsWith("$@"u8) && IsInWord(text, i, 2)) { i++; undone = true; }
            else if (rest.StartsWith("$()"u8) && IsInWord(text, i, 3)) { i += 2; undone = true; }
            else if (rest.StartsWith("``"u8) && IsInWord(text, i, 2)) { i++; undone = true; }
            else if (IsClassOfOne(text, i))
            {
                result.Append(rest[1]);
                i += 2;
                undone = true;
            }
            else result.Append(rest[0]);
        }
        if (undone) trail |= DecodeTrail.ShellTricks;
        return undone;
    }

    /// <summary>True when blanks are still written as a form writes them: behind a separator or before an option, and no blank anywhere.</summary>
    private static bool IsForm(ReadOnlySpan<byte> text) =>
        text.IndexOf((byte)' ') < 0 && (text.IndexOf("|+"u8) >= 0 || text.IndexOf(";+"u8) >= 0 || text.IndexOf("&+"u8) >= 0 || text.IndexOf("+-"u8) >= 0 || text.IndexOf("+/"u8) >= 0 || text.IndexOf("+c:"u8) >= 0);

    private static int Blank(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("${ifs}"u8)) return 6;
        if (text.StartsWith("${ifs"u8) && text.IndexOf((byte)'}') is > 0 and < 16 and var end) return end + 1;
        if (!text.StartsWith("$ifs"u8)) return 0;
        return text.Length > 5 && text[4] == '$' && char.IsAsciiDigit((char)text[5]) ? 6 : 4;
    }

    /// <summary>The two characters \n or \r at the end of a word: many a list of attacks writes a line break so.</summary>
    private static bool IsLineBreak(ReadOnlySpan<byte> text) => text.Length > 1 && text[0] == '\\' && text[1] is (byte)'n' or (byte)'r' && (text.Length == 2 || !char.IsAsciiLetter((char)text[2]));

    /// <summary>/etc/pas[s]wd: a pattern that fits one letter.</summary>
    private static bool IsClassOfOne(ReadOnlySpan<byte> text, int at) =>
        text[at] == '[' && at > 0 && at + 3 < text.Length && text[at + 2] == ']' && char.IsAsciiLetter((char)text[at + 1]) && IsLetterOrSlash(text[at - 1]) && IsLetterOrSlash(text[at + 3]);

    private static bool IsLetterOrSlash(byte b) => b == '/' || char.IsAsciiLetter((char)b);

    /// <summary>Letters on both sides: quotes around a whole word are no trick.</summary>
    private static bool IsInWord(ReadOnlySpan<byte> text, int at, int length) =>
        at > 0 && at + length < text.Length && char.IsAsciiLetter((char)text[at - 1]) && char.IsAsciiLetter((char)text[at + length]);
}
