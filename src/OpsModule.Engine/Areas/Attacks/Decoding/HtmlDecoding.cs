using System.Collections.Frozen;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Undoes HTML character references in place, as lenient as browsers: with leading zeros and without the semicolon.</summary>
internal static class HtmlDecoding
{
    private const int LongestName = 8, MostDigits = 12;

    private static readonly FrozenDictionary<string, char> Names = new Dictionary<string, char>
    {
        ["lt"] = '<', ["gt"] = '>', ["quot"] = '"', ["apos"] = '\'', ["amp"] = '&', ["colon"] = ':', ["semi"] = ';', ["comma"] = ',', ["period"] = '.',
        ["lpar"] = '(', ["rpar"] = ')', ["lsqb"] = '[', ["rsqb"] = ']', ["lbrack"] = '[', ["rbrack"] = ']', ["lcub"] = '{', ["rcub"] = '}', ["lbrace"] = '{',
        ["rbrace"] = '}', ["sol"] = '/', ["bsol"] = '\\', ["excl"] = '!', ["num"] = '#', ["equals"] = '=', ["grave"] = '`', ["plus"] = '+', ["ast"] = '*',
        ["vert"] = '|', ["lowbar"] = '_', ["dollar"] = '$', ["percnt"] = '%', ["tab"] = '\t', ["newline"] = '\n', ["nbsp"] = ' ', ["hat"] = '^', ["quest"] = '?',
        ["commat"] = '@',
    }.ToFrozenDictionary();

    /// <summary>Decodes one layer; returns the new length.</summary>
    public static int Decode(Span<byte> text, ref DecodeTrail trail)
    {
        int first = text.IndexOf((byte)'&');
        if (first < 0) return text.Length;
        int to = first;
        for (int from = first; from < text.Length;)
        {
            if (text[from] == '&' && TryReference(text[from..], out int character, out int length))
            {
                to += Characters.Write(character, text[to..], ref trail);
                from += length;
                trail |= DecodeTrail.Html;
                continue;
            }
            text[to++] = text[from++];
        }
        return to;
    }

    private static bool TryReference(ReadOnlySpan<byte> text, out int character, out int length)
    {
        character = length = 0;
        if (text.Length < 3) return false;
        if (text[1] == '#') return TryNumber(text, out character, out length);
        int end = 1;
        while (end < text.Length && end <= LongestName && char.IsAsciiLetter((char)text[end])) end++;
        bool closed = end < text.Length && text[end] == ';';
        string name = Encoding.ASCII.GetString(text[1..end]).ToLowerInvariant();
        // Without a semicolon only the old names count: &lt=1 is one, &number=1 is a parameter.
        if (!closed && name is not ("lt" or "gt" or "quot" or "amp")) return false;
        if (!Names.TryGetValue(name, out char named)) return false;
        character = named;
        length = closed ? end + 1 : end;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out int character, out int length)
    {
        character = length = 0;
        bool hex = text[2] is (byte)'x' or (byte)'X';
        int begin = hex ? 3 : 2, end = begin;
        long value = 0;
        for (; end < text.Length && end - begin < MostDigits; end++)
        {
            int digit = Characters.Hex(text[end]);
            if (digit < 0 || (!hex && digit > 9)) break;
            value = value * (hex ? 16 : 10) + digit;
        }
        if (end == begin || value is 0 or > 0x10FFFF) return false;
        // Its shortest form has four bytes, and no character needs more.
        character = (int)value;
        length = end < text.Length && text[end] == ';' ? end + 1 : end;
        return length >= 4 || character < 0x80;
    }
}
