namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Undoes percent encoding in place: %27, %u0027, and the lenient forms that some servers take.</summary>
internal static class UrlDecoding
{
    /// <summary>Decodes one layer; returns the new length.</summary>
    public static int Decode(Span<byte> text, ref DecodeTrail trail)
    {
        int first = text.IndexOf((byte)'%');
        if (first < 0) return text.Length;
        DecodeTrail layer = (trail & DecodeTrail.Url) != 0 ? DecodeTrail.UrlAgain : DecodeTrail.Url;
        int to = first;
        for (int from = first; from < text.Length;)
        {
            byte b = text[from];
            if (b == '%' && from + 2 < text.Length)
            {
                byte second = text[from + 1], third = text[from + 2];
                int high = Characters.Hex(second), low = Characters.Hex(third);
                if (high >= 0 && low >= 0)
                {
                    text[to++] = (byte)(high << 4 | low);
                    from += 3;
                    trail |= layer;
                    continue;
                }
                if (second is (byte)'u' or (byte)'U' && from + 5 < text.Length && Characters.Hex(text.Slice(from + 2, 4)) is >= 0 and var character)
                {
                    to += Characters.Write(character, text[to..], ref trail);
                    from += 6;
                    trail |= DecodeTrail.UrlUnicode;
                    continue;
                }
                if (Lenient(second, third) is >= 0x80 and var value)
                {
                    text[to++] = (byte)value;
                    from += 3;
                    trail |= layer;
                    continue;
                }
            }
            text[to++] = b;
            from++;
        }
        return to;
    }

    /// <summary>'+' is a blank in what a form sends.</summary>
    public static void DecodePlus(Span<byte> text, ref DecodeTrail trail)
    {
        for (int at; (at = text.IndexOf((byte)'+')) >= 0; text = text[(at + 1)..])
        {
            text[at] = (byte)' ';
            trail |= DecodeTrail.Url;
        }
    }

    /// <summary>
    /// Digits beyond f, counted on as a careless decoder does: %c0%qf is %c0%af. Only bytes above ASCII come of it, which have no other use in
    /// a URL than in a longer form of a plain character.
    /// </summary>
    private static int Lenient(byte high, byte low)
    {
        if (!Characters.IsLetterOrDigit(high) || !Characters.IsLetterOrDigit(low)) return -1;
        return (Value(high) * 16 + Value(low)) & 0xFF;
        static int Value(byte b) => b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10;
    }
}
