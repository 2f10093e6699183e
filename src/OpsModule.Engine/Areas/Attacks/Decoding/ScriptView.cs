namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Markup and scripts without blanks and comments.</summary>
internal static class ScriptView
{
    public static void Make(ReadOnlySpan<byte> text, TextBuffer result)
    {
        result.Clear();
        bool open = true; // false when no comment ends any more: it need not be looked for again
        while (text.Length > 0)
        {
            int end = open && text.StartsWith("/*"u8) ? text[2..].IndexOf("*/"u8) : -2;
            if (end == -1) open = false;
            if (end >= 0) text = text[(end + 4)..];
            else if (text[0] == '\\' && StyleEscape(text, out byte character) is > 0 and var length)
            {
                if (character != ' ') result.Append(character);
                text = text[length..];
            }
            else
            {
                if (text[0] != ' ') result.Append(text[0]);
                text = text[1..];
            }
        }
    }

    /// <summary>The length of an escape of a style sheet (\65, \000065) that is a plain character, or 0.</summary>
    private static int StyleEscape(ReadOnlySpan<byte> text, out byte character)
    {
        int end = 1, value = 0;
        for (; end < text.Length && end <= 6 && Characters.Hex(text[end]) is >= 0 and var digit; end++) value = value << 4 | digit;
        bool plain = end > 2 && value is >= ' ' and < 0x7F;
        character = plain ? (byte)(value is >= 'A' and <= 'Z' ? value | 0x20 : value) : (byte)0;
        return plain ? end : 0;
    }
}
