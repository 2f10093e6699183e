namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Undoes, in place, what hides a character in the bytes themselves: overlong UTF-8, look-alikes, NUL, 0x2e.</summary>
internal static class ByteDecoding
{
    /// <summary>Makes plain characters of longer forms; returns the new length.</summary>
    public static int Decode(Span<byte> text, ref DecodeTrail trail)
    {
        int first = text.IndexOfAnyExceptInRange((byte)1, (byte)0x7F);
        if (first < 0) return text.Length;
        int to = first;
        for (int from = first; from < text.Length;)
        {
            byte b = text[from];
            if (b == 0) { trail |= DecodeTrail.Nul; from++; continue; }
            if (b >= 0xC0)
            {
                int length = b switch { < 0xE0 => 2, < 0xF0 => 3, < 0xF8 => 4, < 0xFC => 5, _ => 6 };
                if (TryCharacter(text[from..], length, out int character))
                {
                    if (character < 0x80)
                    {
                        trail |= DecodeTrail.Overlong;
                        text[to++] = (byte)character;
                        from += length;
                        continue;
                    }
                    if (character < 0x110000 && (Characters.IsInvisible(character) || Characters.LookAlike(character).Length > 0)) to += Characters.Write(character, text[to..], ref trail);
                    else
                    {
                        text.Slice(from, length).CopyTo(text[to..]);
                        to += length;
                    }
                    from += length;
                    continue;
                }
                else if (b == 0xC0 && from + 1 < text.Length && text[from + 1] is (byte)'.' or (byte)'/' or (byte)'\\')
                {
                    trail |= DecodeTrail.Overlong; // a lenient decoder drops what it does not understand
                    from++;
                    continue;
                }
            }
            // Alone it is the no-break space of an 8-bit character set, and a blank for some databases.
            if (b == 0xA0) trail |= DecodeTrail.LookAlike;
            text[to++] = b == 0xA0 ? (byte)' ' : b;
            from++;
        }
        return to;
    }

    /// <summary>0x2e0x2e0x2f, or one between dots and slashes; a number such as 0x2e alone stays one.</summary>
    public static int DecodeHex(Span<byte> text, ref DecodeTrail trail)
    {
        int first = text.IndexOf("0x"u8);
        if (first < 0) return text.Length;
        int to = first;
        for (int from = first; from < text.Length;)
        {
            if (text[from] == '0' && from + 3 < text.Length && text[from + 1] is (byte)'x' or (byte)'X'
                && Characters.Hex(text.Slice(from + 2, 2)) is ('.' or '/' or '\\') and var value
                && (from + 4 >= text.Length || Characters.Hex(text[from + 4]) < 0 || (text[from + 4] == '0' && from + 5 < text.Length && text[from + 5] is (byte)'x' or (byte)'X')))
            {
                text[to++] = (byte)value;
                from += 4;
                trail |= DecodeTrail.Hex;
                continue;
            }
            text[to++] = text[from++];
        }
        return to;
    }

    private static bool TryCharacter(ReadOnlySpan<byte> text, int length, out int character)
    {
        character = 0;
        if (text.Length < length) return false;
        character = text[0] & (0x7F >> length);
        for (int i = 1; i < length; i++)
        {
            if ((text[i] & 0xC0) != 0x80) return false;
            character = character << 6 | (text[i] & 0x3F);
        }
        return true;
    }
}
