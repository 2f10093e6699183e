namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Undoes backslash escapes in place.</summary>
internal static class EscapeDecoding
{
    /// <summary>
    /// One layer as a writer of logs or a programmer put it on: \u003c, \u{3c}, \x3c, \074, \', \", \/. What may as well be a folder of Windows (\n, \t,
    /// \\) stays.
    /// </summary>
    public static int Decode(Span<byte> text, ref DecodeTrail trail) => Decode(text, json: false, ref trail);

    /// <summary>A string of JSON: every escape of JSON, and no other.</summary>
    public static int DecodeJson(Span<byte> text)
    {
        DecodeTrail ignored = DecodeTrail.None;
        return Decode(text, json: true, ref ignored);
    }

    private static int Decode(Span<byte> text, bool json, ref DecodeTrail trail)
    {
        int first = text.IndexOf((byte)'\\');
        if (first < 0) return text.Length;
        int to = first;
        for (int from = first; from < text.Length;)
        {
            if (text[from] == '\\' && from + 1 < text.Length && TryEscape(text[from..], json, out int character, out int length))
            {
                from += length;
                if (character is >= 0xD800 and <= 0xDBFF && from + 1 < text.Length && text[from] == '\\'
                    && TryEscape(text[from..], json, out int low, out int lowLength) && low is >= 0xDC00 and <= 0xDFFF)
                {
                    character = char.ConvertToUtf32((char)character, (char)low);
                    from += lowLength;
                }
                // JSON's own layer belongs to the log; folding look-alikes is for the rounds that follow.
                if (json) to += System.Text.Rune.IsValid(character) ? new System.Text.Rune(character).EncodeToUtf8(text[to..]) : WriteUnknown(text, to);
                else
                {
                    if (character < 0) text[to++] = (byte)-character;
                    else to += Characters.Write(character, text[to..], ref trail);
                    trail |= DecodeTrail.Escape;
                }
                continue;
            }
            text[to++] = text[from++];
        }
        return to;
    }

    private static int WriteUnknown(Span<byte> text, int to)
    {
        text[to] = (byte)'?';
        return 1;
    }

    private static bool TryEscape(ReadOnlySpan<byte> text, bool json, out int character, out int length)
    {
        byte kind = text[1];
        (character, length) = (kind, 2);
        switch (kind)
        {
            case (byte)'"' or (byte)'/':
                return true;
            case (byte)'\'' or (byte)'`':
                return !json;
            case (byte)'\\':
                return json;
            case (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                character = kind switch { (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', _ => ' ' };
                return json;
            case (byte)'u' or (byte)'U' when text.Length >= 6 && Characters.Hex(text.Slice(2, 4)) is >= 0 and var value:
                (character, length) = (value, 6);
                return true;
            case (byte)'u' when !json && text.Length > 4 && text[2] == '{':
                int end = text[..Math.Min(text.Length, 10)].IndexOf((byte)'}');
                if (end < 4 || Characters.Hex(text[3..end]) is not (>= 0 and var code)) return false;
                (character, length) = (code, end + 1);
                return true;
            case (byte)'x' or (byte)'X' when !json && text.Length >= 4 && Characters.Hex(text.Slice(2, 2)) is >= 0 and var value:
                // Above ASCII it is one byte of a character: so nginx writes what it does not print.
                (character, length) = (value < 0x80 ? value : -value, 4);
                return true;
            case >= (byte)'0' and <= (byte)'3' when !json && text.Length >= 4 && text[2] is >= (byte)'0' and <= (byte)'7' && text[3] is >= (byte)'0' and <= (byte)'7':
                character = (kind - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
                length = 4;
                return character >= 0x20;
            default:
                return false;
        }
    }
}
