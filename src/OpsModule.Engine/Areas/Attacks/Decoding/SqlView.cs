namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>SQL without its disguises: comments are blanks, CHAR(97) and 0x61 are text, 'a'||'b' and 'a'+'b' are one text.</summary>
internal static class SqlView
{
    /// <summary>False when there is nothing to undo.</summary>
    public static bool Make(ReadOnlySpan<byte> text, TextBuffer result, TextBuffer scratch, ref DecodeTrail trail)
    {
        DecodeTrail before = trail;
        scratch.Clear();
        RemoveComments(text, scratch, ref trail);
        if (IsForm(scratch.Span)) UrlDecoding.DecodePlus(scratch.Span, ref trail);
        result.Clear();
        SpellCharacters(scratch.Span, result, ref trail);
        result.Length = Join(result.Span, ref trail);
        if (trail == before) return false;
        result.Length = PlainText.Fold(result.Span);
        return true;
    }

    /// <summary>True when the blanks are still written as a form writes them: '+' between words of SQL, and no blank anywhere.</summary>
    private static bool IsForm(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf((byte)'+') < 0 || text.IndexOf((byte)' ') >= 0) return false;
        foreach (byte[] word in WordsInForms)
            if (text.IndexOf(word) >= 0) return true;
        return false;
    }

    private static readonly byte[][] WordsInForms =
    [
        "+and+"u8.ToArray(), "+or+"u8.ToArray(), "+union+"u8.ToArray(), "+select+"u8.ToArray(), "+from+"u8.ToArray(), "+where+"u8.ToArray(), "+by+"u8.ToArray(), "+delay+"u8.ToArray(),
        "+like+"u8.ToArray(), "+having+"u8.ToArray(), "+into+"u8.ToArray(), "+table+"u8.ToArray(), "+when+"u8.ToArray(),
    ];

    /// <summary>MySQL runs what stands in /*!50000 ... */; every other comment is a blank. An open one ends the text.</summary>
    private static void RemoveComments(ReadOnlySpan<byte> text, TextBuffer result, ref DecodeTrail trail)
    {
        bool executed = false, open = true;
        for (int i = 0; i < text.Length; i++)
        {
            ReadOnlySpan<byte> rest = text[i..];
            // Where no comment ends any more, none need be looked for.
            int end = open && rest.StartsWith("/*"u8) && !rest.StartsWith("/*!"u8) ? rest[2..].IndexOf("*/"u8) : -2;
            if (end == -1) open = false;
            if (rest.StartsWith("/*!"u8))
            {
                i += 2;
                while (i + 1 < text.Length && char.IsAsciiDigit((char)text[i + 1])) i++;
                result.Append((byte)' ');
                executed = true;
                trail |= DecodeTrail.SqlComment;
            }
            else if (executed && rest.StartsWith("*/"u8))
            {
                i++;
                result.Append((byte)' ');
                executed = false;
            }
            else if (end >= 0)
            {
                i += end + 3;
                result.Append((byte)' ');
                trail |= DecodeTrail.SqlComment;
            }
            else result.Append(rest[0]);
        }
    }

    private static void SpellCharacters(ReadOnlySpan<byte> text, TextBuffer result, ref DecodeTrail trail)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool starts = i == 0 || !Characters.IsWord(text[i - 1]);
            if (starts && (TryCall(text[i..], result, out int length) || TryHex(text[i..], result, out length)))
            {
                i += length - 1;
                trail |= DecodeTrail.SqlCharacters;
            }
            else result.Append(text[i]);
        }
    }

    /// <summary>char(97,98), chr(97), nchar(97).</summary>
    private static bool TryCall(ReadOnlySpan<byte> text, TextBuffer result, out int length)
    {
        length = 0;
        int open = text.StartsWith("char("u8) ? 5 : text.StartsWith("chr("u8) ? 4 : text.StartsWith("nchar("u8) ? 6 : 0;
        int close = open == 0 ? -1 : text.IndexOf((byte)')');
        if (close <= open) return false;
        int start = result.Length;
        result.Append((byte)'\'');
        ReadOnlySpan<byte> arguments = text[open..close];
        while (true)
        {
            int comma = arguments.IndexOf((byte)',');
            ReadOnlySpan<byte> one = (comma < 0 ? arguments : arguments[..comma]).Trim((byte)' ');
            int value = one.StartsWith("0x"u8) ? Characters.Hex(one[2..]) : Number(one);
            if (one.IsEmpty || one.Length > 6 || value < 0)
            {
                result.Length = start;
                return false;
            }
            result.Append(value is >= ' ' and < 0x7F and not '\'' ? (byte)value : (byte)'.');
            if (comma < 0) break;
            arguments = arguments[(comma + 1)..];
        }
        result.Append((byte)'\'');
        length = close + 1;
        return true;
    }

    /// <summary>0x61646d696e where it spells words.</summary>
    private static bool TryHex(ReadOnlySpan<byte> text, TextBuffer result, out int length)
    {
        length = 2;
        if (!text.StartsWith("0x"u8)) return false;
        while (length < text.Length && Characters.Hex(text[length]) >= 0) length++;
        if (length < 8 || length % 2 != 0) return false;
        // Every second byte is 0 where a character has two.
        bool any = false;
        for (int i = 2; i < length; i += 2)
        {
            int value = Characters.Hex(text.Slice(i, 2));
            if (value is (< ' ' or >= 0x7F) and not 0) return false;
            any |= value > 0;
        }
        if (!any) return false; // a number
        result.Append((byte)'\'');
        for (int i = 2; i < length; i += 2)
            if (Characters.Hex(text.Slice(i, 2)) is > 0 and var value) result.Append((byte)(value == '\'' ? '.' : value));
        result.Append((byte)'\'');
        return true;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        foreach (byte b in digits)
        {
            if (b is < (byte)'0' or > (byte)'9') return -1;
            value = value * 10 + (b - '0');
        }
        return value;
    }

    /// <summary>Takes out <c>'||'</c> and <c>'+'</c> with any blanks between the quotes, in place.</summary>
    private static int Join(Span<byte> text, ref DecodeTrail trail)
    {
        int to = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\'' && to > 0 && Characters.IsWord(text[to - 1]) && Bridge(text[i..]) is > 0 and var length)
            {
                i += length - 1;
                trail |= DecodeTrail.Concatenation;
                continue;
            }
            text[to++] = text[i];
        }
        return to;
    }

    /// <summary>The length of <c>' || '</c> at the beginning with a word behind it, or 0.</summary>
    private static int Bridge(ReadOnlySpan<byte> text)
    {
        int i = 1;
        while (i < text.Length && text[i] == ' ') i++;
        if (i + 1 < text.Length && text[i] == '|' && text[i + 1] == '|') i += 2;
        else if (i < text.Length && text[i] == '+') i++;
        else return 0;
        while (i < text.Length && text[i] == ' ') i++;
        return i + 1 < text.Length && text[i] == '\'' && Characters.IsWord(text[i + 1]) ? i + 1 : 0;
    }
}
