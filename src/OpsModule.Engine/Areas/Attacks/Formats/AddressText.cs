using System.Net;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>
/// Addresses as servers write them, and nothing else: four plain decimal numbers, or IPv6. What people and libraries read differently
/// (<c>010.0.0.1</c>, <c>0x7f.1</c>, <c>10.1</c>, zones) is no address here: the wrong host would be blamed for it.
/// </summary>
internal static class AddressText
{
    private const int LongestV6 = 45;

    /// <summary>The length of the address that a text begins with, or 0.</summary>
    public static int Length(ReadOnlySpan<byte> text) => V4(text) is > 0 and var four ? four : V6(text);

    /// <summary>The address that a text is; null for anything else.</summary>
    public static IPAddress? Parse(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || Length(text) != text.Length || !IPAddress.TryParse(Encoding.ASCII.GetString(text),
            out IPAddress? address)) return null;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>
    /// Where in a value its address stands, which may have a port or brackets around it; none when the value is anything else.
    /// </summary>
    /// <param name="text">The value.</param>
    /// <param name="offset">Where it begins in the line.</param>
    public static Range Whole(ReadOnlySpan<byte> text, int offset)
    {
        bool bracket = text.Length > 0 && text[0] == '[';
        int start = bracket ? 1 : 0, length = Length(text[start..]);
        if (length == 0) return default;
        ReadOnlySpan<byte> rest = text[(start + length)..];
        if (bracket)
        {
            if (rest.IsEmpty || rest[0] != ']') return default;
            rest = rest[1..];
        }
        bool plain = rest.IsEmpty || (rest[0] == ':' && rest.Length is > 1 and <= 6 && rest[1..].IndexOfAnyExceptInRange((byte)'0',
            (byte)'9') < 0);
        return plain ? (offset + start)..(offset + start + length) : default;
    }

    /// <summary>The length of an IPv4 address at the beginning, or 0.</summary>
    private static int V4(ReadOnlySpan<byte> text)
    {
        int i = 0;
        for (int part = 0; part < 4; part++)
        {
            int value = 0, digits = 0, first = i;
            for (; i < text.Length && char.IsAsciiDigit((char)text[i]) && digits < 4; i++, digits++) value = value * 10 + text[i] - '0';
            if (digits is 0 or > 3 || value > 255 || (digits > 1 && text[first] == '0')) return 0;
            if (part == 3) return i < text.Length && (text[i] == '.' && i + 1 < text.Length && char.IsAsciiDigit((char)text[i + 1])) ? 0
                : i;
            if (i >= text.Length || text[i++] != '.') return 0;
        }
        return 0;
    }

    /// <summary>The length of what can only be an IPv6 address, or 0.</summary>
    private static int V6(ReadOnlySpan<byte> text)
    {
        int i = 0, colons = 0;
        for (; i < text.Length && i < LongestV6 && (Decoding.Characters.Hex(text[i]) >= 0 || text[i] is (byte)':' or (byte)'.'); i++)
            if (text[i] == ':') colons++;
        if (i < text.Length && text[i] == '%') return 0; // a zone
        while (i > 0 && text[i - 1] == '.') i--; // the end of a sentence
        if (i > 0 && text[i - 1] == ':' && !(i > 1 && text[i - 2] == ':')) i--; // "from ::1: something"
        if (colons < 2) return 0;
        ReadOnlySpan<byte> found = text[..i];
        if (found.IndexOf((byte)'.') >= 0
            && V4(found[(found.LastIndexOf((byte)':') + 1)..]) != found.Length - found.LastIndexOf((byte)':') - 1) return 0;
        return IPAddress.TryParse(Encoding.ASCII.GetString(found), out _) ? i : 0;
    }
}
