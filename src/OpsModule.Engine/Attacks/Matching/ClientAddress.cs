namespace OpsModule.Engine.Attacks.Matching;

/// <summary>Finds the address of a client in a line of text.</summary>
internal static class ClientAddress
{
    /// <summary>What nginx, sshd, PostgreSQL and most others write before it; else the first IPv4 address.</summary>
    public static Range Find(ReadOnlySpan<byte> line)
    {
        foreach (ReadOnlySpan<byte> before in (ReadOnlySpan<byte[]>)Words)
        {
            int at = line.IndexOf(before);
            if (at < 0) continue;
            int start = at + before.Length;
            int length = Length(line[start..]);
            if (length > 0) return start..(start + length);
        }
        for (int i = 0; i < line.Length; i++)
        {
            if (!char.IsAsciiDigit((char)line[i]) || (i > 0 && (Decoding.Characters.IsWord(line[i - 1]) || line[i - 1] == '.'))) continue;
            int length = V4(line[i..]);
            if (length > 0) return i..(i + length);
            while (i + 1 < line.Length && char.IsAsciiDigit((char)line[i + 1])) i++;
        }
        return default;
    }

    /// <summary>The first address of a list such as X-Forwarded-For, without a port.</summary>
    public static Range First(ReadOnlySpan<byte> text, int offset)
    {
        int start = 0;
        while (start < text.Length && text[start] is (byte)' ' or (byte)'[') start++;
        int length = Length(text[start..]);
        if (length == 0)
        {
            length = text[start..].IndexOfAny((byte)',', (byte)' ');
            if (length < 0) length = text.Length - start;
        }
        return (offset + start)..(offset + start + length);
    }

    private static readonly byte[][] Words =
        ["client: "u8.ToArray(), " from "u8.ToArray(), "rhost="u8.ToArray(), "host=\""u8.ToArray(), "client="u8.ToArray(), "[client "u8.ToArray(), " ip="u8.ToArray(), "SRC="u8.ToArray()];

    private static int Length(ReadOnlySpan<byte> text) => V4(text) is > 0 and var four ? four : V6(text);

    /// <summary>The length of an IPv4 address at the beginning, or 0.</summary>
    private static int V4(ReadOnlySpan<byte> text)
    {
        int i = 0;
        for (int part = 0; part < 4; part++)
        {
            int value = 0, digits = 0;
            for (; i < text.Length && char.IsAsciiDigit((char)text[i]) && digits < 4; i++, digits++) value = value * 10 + text[i] - '0';
            if (digits is 0 or > 3 || value > 255) return 0;
            if (part == 3) return i < text.Length && (text[i] == '.' && i + 1 < text.Length && char.IsAsciiDigit((char)text[i + 1])) ? 0 : i;
            if (i >= text.Length || text[i++] != '.') return 0;
        }
        return 0;
    }

    /// <summary>The length of what can only be an IPv6 address, or 0.</summary>
    private static int V6(ReadOnlySpan<byte> text)
    {
        int i = 0, colons = 0;
        for (; i < text.Length && i < 45 && (Decoding.Characters.Hex(text[i]) >= 0 || text[i] is (byte)':' or (byte)'.'); i++)
            if (text[i] == ':') colons++;
        if (i > 0 && text[i - 1] == ':' && !(i > 1 && text[i - 2] == ':')) i--; // "from ::1: something"
        return colons >= 2 && System.Net.IPAddress.TryParse(System.Text.Encoding.ASCII.GetString(text[..i]), out _) ? i : 0;
    }
}
