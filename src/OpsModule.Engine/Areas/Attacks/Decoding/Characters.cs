using System.Runtime.CompilerServices;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Characters as the decoders need them.</summary>
internal static class Characters
{
    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Hex(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };

    /// <summary>The value of hexadecimal digits, or -1.</summary>
    public static int Hex(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        foreach (byte b in digits)
        {
            int digit = Hex(b);
            if (digit < 0) return -1;
            value = value << 4 | digit;
        }
        return value;
    }

    public static bool IsLetterOrDigit(byte b) => char.IsAsciiLetterOrDigit((char)b);

    public static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';

    /// <summary>
    /// Writes a character; what looks like an ASCII character or is taken for one by a lenient reader becomes that. Never longer than three
    /// bytes, or four for what needs them in UTF-8.
    /// </summary>
    public static int Write(int character, Span<byte> target, ref DecodeTrail trail)
    {
        if (IsInvisible(character))
        {
            trail |= DecodeTrail.LookAlike;
            return 0;
        }
        if (LookAlike(character) is { Length: > 0 } plain)
        {
            trail |= DecodeTrail.LookAlike;
            for (int i = 0; i < plain.Length; i++) target[i] = (byte)plain[i];
            return plain.Length;
        }
        if (!Rune.IsValid(character)) character = '?';
        return new Rune(character).EncodeToUtf8(target);
    }

    /// <summary>Characters without width, and those that turn the direction of writing: they break up words for a filter and for nobody else.</summary>
    public static bool IsInvisible(int character) => character is 0xAD or (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or 0x2060 or 0xFEFF;

    /// <summary>What a character looks like, or is folded to by the best-fit tables of older systems.</summary>
    public static string LookAlike(int character) => character switch
    {
        < 0x80 => "",
        >= 0xFF01 and <= 0xFF5E => ((char)(character - 0xFEE0)).ToString(),
        0xA0 or 0x3000 or (>= 0x2000 and <= 0x200A) => " ",
        0x2215 or 0x2044 or 0xF025 or 0xEFC8 or 0x29F8 => "/",
        0x2216 or 0xF05C or 0x29F9 => "\\",
        0x2024 => ".",
        0x2018 or 0x2019 or 0x201A or 0x2032 or 0x02B9 or 0x02BC or 0xB4 or 0x02C8 => "'",
        0x201C or 0x201D or 0x201E or 0x2033 or 0x02BA => "\"",
        0x2013 or 0x2014 => "--", // a text program made one dash of two
        0x2212 or 0x2010 or 0x2011 => "-",
        0x2039 or 0x3008 or 0x2329 => "<",
        0x203A or 0x3009 or 0x232A => ">",
        0x037E => ";",
        0x130 or 0x131 => "i", // Turkish: a change of case makes an ASCII letter of these
        0x17F => "s",
        0x212A => "k",
        _ => "",
    };
}
