namespace OpsModule.Engine.Attacks.Decoding;

/// <summary>A command without what a shell takes out of its words: c''at, c\at, ca$@t, cat${IFS}file, {cat,file}, /???/c?t stays.</summary>
internal static class ShellView
{
    /// <summary>False when there is nothing to undo.</summary>
    public static bool Make(ReadOnlySpan<byte> text, TextBuffer result, ref DecodeTrail trail)
    {
        if (text.IndexOfAny("'\"\\$^"u8) < 0) return false;
        result.Clear();
        bool undone = false;
        for (int i = 0; i < text.Length; i++)
        {
            ReadOnlySpan<byte> rest = text[i..];
            if (Blank(rest) is > 0 and var blank)
            {
                result.Append((byte)' ');
                i += blank - 1;
                undone = true;
            }
            else if (rest[0] is (byte)'\'' or (byte)'"' && rest.Length > 1 && rest[1] == rest[0] && IsInWord(text, i, 2)) { i++; undone = true; }
            else if (rest[0] is (byte)'\\' or (byte)'^' && IsInWord(text, i, 1)) undone = true;
            else if (rest.StartsWith("$@"u8) && IsInWord(text, i, 2)) { i++; undone = true; }
            else result.Append(rest[0]);
        }
        if (undone) trail |= DecodeTrail.ShellTricks;
        return undone;
    }

    private static int Blank(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("${ifs}"u8)) return 6;
        if (text.StartsWith("${ifs"u8) && text.IndexOf((byte)'}') is > 0 and < 16 and var end) return end + 1;
        if (!text.StartsWith("$ifs"u8)) return 0;
        return text.Length > 5 && text[4] == '$' && char.IsAsciiDigit((char)text[5]) ? 6 : 4;
    }

    /// <summary>Letters on both sides: quotes around a whole word are no trick.</summary>
    private static bool IsInWord(ReadOnlySpan<byte> text, int at, int length) =>
        at > 0 && at + length < text.Length && char.IsAsciiLetter((char)text[at - 1]) && char.IsAsciiLetter((char)text[at + length]);
}
