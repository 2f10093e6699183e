namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>What was undone before a rule matched.</summary>
[Flags]
internal enum DecodeTrail
{
    None = 0,
    /// <summary>%27, and + for a space.</summary>
    Url = 1,
    /// <summary>%2527, %%32%37.</summary>
    UrlAgain = 1 << 1,
    /// <summary>%u0027.</summary>
    UrlUnicode = 1 << 2,
    /// <summary>%c0%ae: more bytes of UTF-8 than the character needs.</summary>
    Overlong = 1 << 3,
    /// <summary>&amp;lt; &amp;#60;</summary>
    Html = 1 << 4,
    /// <summary>\u003c \x3c \074</summary>
    Escape = 1 << 5,
    /// <summary>0x2e0x2e0x2f</summary>
    Hex = 1 << 6,
    /// <summary>Full-width and look-alike characters.</summary>
    LookAlike = 1 << 7,
    /// <summary>A NUL in the text.</summary>
    Nul = 1 << 8,
    /// <summary>A value that is base64.</summary>
    Base64 = 1 << 9,
    /// <summary>SQL comments as blanks.</summary>
    SqlComment = 1 << 10,
    /// <summary>char(97,98) and 0x6162 as text.</summary>
    SqlCharacters = 1 << 11,
    /// <summary>'a'||'b' as one text.</summary>
    Concatenation = 1 << 12,
    /// <summary>\ // and /./ in a path.</summary>
    PathTricks = 1 << 13,
    /// <summary>c''at, c\at and $IFS in a command.</summary>
    ShellTricks = 1 << 14,
    /// <summary>${lower:j} of log4j.</summary>
    Lookup = 1 << 15,
}

/// <summary>The trail in words, in the order in which it was undone.</summary>
internal static class DecodeTrails
{
    private static readonly (DecodeTrail Step, string Name)[] Names =
    [
        (DecodeTrail.Base64, "base64"), (DecodeTrail.Url, "url"), (DecodeTrail.UrlAgain, "url again"), (DecodeTrail.UrlUnicode, "url unicode"),
        (DecodeTrail.Overlong, "overlong utf-8"), (DecodeTrail.Html, "html entities"), (DecodeTrail.Escape, "escapes"), (DecodeTrail.Hex, "hex"),
        (DecodeTrail.LookAlike, "look-alike characters"), (DecodeTrail.Nul, "nul bytes"), (DecodeTrail.SqlComment, "sql comments"),
        (DecodeTrail.SqlCharacters, "sql characters"), (DecodeTrail.Concatenation, "concatenation"), (DecodeTrail.PathTricks, "path tricks"),
        (DecodeTrail.ShellTricks, "shell tricks"), (DecodeTrail.Lookup, "lookups"),
    ];

    public static IReadOnlyList<string> Words(DecodeTrail trail) => trail == DecodeTrail.None ? [] : (string[])[.. Names.Where(n => (trail & n.Step) != 0).Select(n => n.Name)];
}
