using System.Text;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>Understands the words and numbers that programs write for a level.</summary>
public static class LogLevels
{
    /// <summary>How far into a line of text a level is looked for.</summary>
    private const int Reach = 112;

    private const int LongestWord = 13;

    /// <summary>The level that a word stands for, in any case; Unknown when it is none.</summary>
    public static LogLevel Parse(ReadOnlySpan<byte> word)
    {
        if (word.Length is < 2 or > LongestWord) return LogLevel.Unknown;
        Span<byte> lower = stackalloc byte[LongestWord];
        for (int i = 0; i < word.Length; i++) lower[i] = (byte)(word[i] | 0x20);
        ReadOnlySpan<byte> text = lower[..word.Length];
        return (char)text[0] switch
        {
            't' when Is(text, "trace", "trce", "trc", "trac") => LogLevel.Trace,
            'v' when Is(text, "verbose", "vrb", "verb") => LogLevel.Trace,
            'f' when Is(text, "finest", "finer") => LogLevel.Trace,
            'd' when Is(text, "debug", "dbug", "dbg", "debu") => LogLevel.Debug,
            'f' when Is(text, "fine") => LogLevel.Debug,
            'c' when Is(text, "config") => LogLevel.Debug,
            'i' when Is(text, "info", "information", "inf", "infos") => LogLevel.Information,
            'n' when Is(text, "notice", "note", "ntc") => LogLevel.Information,
            'l' when Is(text, "log") => LogLevel.Information,
            's' when Is(text, "success") => LogLevel.Information,
            'w' when Is(text, "warn", "warning", "wrn", "warnung") => LogLevel.Warning,
            'e' when Is(text, "error", "err", "erro", "eror") => LogLevel.Error,
            'e' when Is(text, "erreur") => LogLevel.Error,
            'f' when Is(text, "fehler", "fail") => LogLevel.Error,
            's' when Is(text, "severe", "schwerwiegend") => LogLevel.Error,
            'g' when Is(text, "grave") => LogLevel.Error,
            'c' when Is(text, "critical", "crit", "crt") => LogLevel.Critical,
            'f' when Is(text, "fatal", "ftl", "fata") => LogLevel.Critical,
            'p' when Is(text, "panic", "pani") => LogLevel.Critical,
            'd' when Is(text, "dpanic") => LogLevel.Critical,
            'a' when Is(text, "alert") => LogLevel.Critical,
            'e' when Is(text, "emerg", "emergency") => LogLevel.Critical,
            _ => LogLevel.Unknown,
        };
    }

    /// <summary>The level that a letter stands for; Unknown when it is none.</summary>
    public static LogLevel ParseLetter(byte letter) => letter switch
    {
        (byte)'T' or (byte)'V' => LogLevel.Trace,
        (byte)'D' => LogLevel.Debug,
        (byte)'I' or (byte)'N' => LogLevel.Information,
        (byte)'W' => LogLevel.Warning,
        (byte)'E' => LogLevel.Error,
        (byte)'C' or (byte)'F' => LogLevel.Critical,
        _ => LogLevel.Unknown,
    };

    /// <summary>The level that a field's value stands for: a word, also one that is no level in a line of text, a letter, or a word with a
    /// step (<c>DEBUG-2</c>).</summary>
    public static LogLevel ParseValue(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" []\""u8);
        if (value.Length == 1) return ParseLetter((byte)(value[0] & 0xDF));
        if (Parse(value) is var level and not LogLevel.Unknown) return level;
        if (value.Length is > LongestWord + 3 or < 2) return LogLevel.Unknown;
        if (Ascii.EqualsIgnoreCase(value, "http") || Ascii.EqualsIgnoreCase(value, "timing")) return LogLevel.Debug;
        if (Ascii.EqualsIgnoreCase(value, "silly")) return LogLevel.Trace;
        if (Ascii.EqualsIgnoreCase(value, "system") || Ascii.EqualsIgnoreCase(value, "informational")) return LogLevel.Information;
        // slog writes levels between its own as DEBUG-2 and ERROR+4, OpenTelemetry as INFO2, MongoDB as D1.
        ReadOnlySpan<byte> word = value.TrimEnd("0123456789"u8);
        if (word.Length == value.Length) return LogLevel.Unknown;
        word = word.TrimEnd("+-"u8);
        return word.Length == 1 ? ParseLetter((byte)(word[0] & 0xDF)) : Parse(word);
    }

    /// <summary>The level that a number stands for: 10 to 60 as pino and bunyan count, 0 to 7 as syslog does, hundreds as Monolog,
    /// thousands as Logback.</summary>
    public static LogLevel Parse(long number) => number switch
    {
        >= 5000 => Parse(Math.Min(60, number / 10_000 * 10 + 10)),
        >= 500 => LogLevel.Critical,
        >= 400 => LogLevel.Error,
        >= 300 => LogLevel.Warning,
        >= 200 => LogLevel.Information,
        >= 100 => LogLevel.Debug,
        >= 60 => LogLevel.Critical,
        >= 50 => LogLevel.Error,
        >= 40 => LogLevel.Warning,
        >= 30 => LogLevel.Information,
        >= 20 => LogLevel.Debug,
        >= 10 => LogLevel.Trace,
        7 => LogLevel.Debug,
        5 or 6 => LogLevel.Information,
        4 => LogLevel.Warning,
        3 => LogLevel.Error,
        >= 0 and <= 2 => LogLevel.Critical,
        _ => LogLevel.Unknown,
    };

    /// <summary>The level that an HTTP status stands for: what the server failed at is an error, what it refused a warning.</summary>
    public static LogLevel OfStatus(long status) => status switch { >= 500 and <= 999 => LogLevel.Error, >= 400 => LogLevel.Warning,
        >= 100 => LogLevel.Information, _ => LogLevel.Unknown };

    /// <summary>
    /// The level that stands at the beginning of a text: a word in capitals, in brackets, between tabs, before a colon, or behind
    /// <c>level=</c>. The same word in a
    /// sentence says nothing ("no error").
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="end">Where the word and its punctuation end when nothing but punctuation comes before it; else 0.</param>
    public static LogLevel Find(ReadOnlySpan<byte> text, out int end) => Find(text, dated: false, out end);

    /// <summary>The same; behind a time a single letter and a word of a column count, too.</summary>
    internal static LogLevel Find(ReadOnlySpan<byte> text, bool dated, out int end)
    {
        end = 0;
        bool first = true;
        int limit = Math.Min(text.Length, Reach);
        for (int i = 0; i < limit;)
        {
            if (!IsLetter(text[i])) { i++; continue; }
            int start = i;
            while (i < text.Length && IsLetter(text[i])) i++;
            LogLevel level = i - start == 1 ? OfLetter(text, start, dated && first) : OfWord(text, start, i, first, dated);
            if (level != LogLevel.Unknown)
            {
                if ((first && IsPunctuation(text[..start])) || IsModule(text[..start], text[i..])) end = PunctuationEnd(text, i);
                return level;
            }
            first = false;
        }
        return LogLevel.Unknown;
    }

    private static LogLevel OfWord(ReadOnlySpan<byte> text, int start, int end, bool first, bool dated)
    {
        ReadOnlySpan<byte> word = text[start..end];
        byte before = start == 0 ? (byte)' ' : text[start - 1], after = end == text.Length ? (byte)' ' : text[end];
        // level=error, severity=ERROR; at=error only where it begins.
        if (after == '=') return IsLevelName(word) || (start == 0 && word.SequenceEqual("at"u8)) ? ParseValue(Value(text[(end + 1)..]))
            : LogLevel.Unknown;
        if (word.Length > LongestWord || Parse(word) is not (var level and not LogLevel.Unknown)) return LogLevel.Unknown;
        bool upper = IsUpper(word);
        // The common line: a word in capitals between blanks.
        if (upper && word.Length > 2 && before == ' ' && after == ' ') return level;
        if (IsEnclosed(text, start, end) || (before == '\t' && after == '\t')) return level;
        if (after == ':' && (first || IsSegment(text[..start], upper))) return before is not ((byte)'-' or (byte)'_' or (byte)'/'
            or (byte)'"') && (before != '.' || upper) ? level : LogLevel.Unknown;
        bool alone = before is not ((byte)'-' or (byte)'_' or (byte)'/' or (byte)'.' or (byte)'"' or (byte)'\'')
            && after is not ((byte)'-' or (byte)'_' or (byte)'.' or (byte)'"' or (byte)'=' or (byte)'\'') && (after != '/'
                || (first && dated));
        // A column has blanks on both sides: "..., Info     CBS".
        bool column = dated && IsLetter(before) is false && IsWide(text, end) && (start == 0 || IsWide(text[..start]) || first)
            && text[start] is >= (byte)'A' and <= (byte)'Z';
        // Swift's log: "error shop : [App] x".
        if (dated && start == 0 && after == ' ' && before == ' ' && text[end..].IndexOf(" : ["u8) is > 0 and < 64) return level;
        return alone && word.Length > 2 && (upper || column || (dated && first && start < 2 && IsWide(text, end)))
            ? level : LogLevel.Unknown;
    }

    /// <summary>I, W, E, F where nothing but a level can stand: behind the time, in brackets, before a bar or a slash, or between a process
    /// and a tag.</summary>
    private static LogLevel OfLetter(ReadOnlySpan<byte> text, int at, bool afterTime)
    {
        LogLevel level = ParseLetter(text[at]);
        if (level == LogLevel.Unknown) return level;
        byte before = at == 0 ? (byte)' ' : text[at - 1], after = at + 1 == text.Length ? (byte)' ' : text[at + 1];
        if (before is (byte)'[' or (byte)'<' or (byte)'(' && after is (byte)']' or (byte)'>' or (byte)')') return level;
        // Ruby: "E, [2026-". logcat: "E/Tag( 71): ", "E Tag : " behind two numbers.
        if (at == 0 && after == ',' && text.Length > 3 && text[3] == '[') return level;
        // Jupyter and Tornado: "[I 2026-"; what stands before the time is all of the text.
        if (at == 1 && before == '[' && after == ' ' && text.Length == 3) return level;
        if (after == '/' && text.IndexOf("): "u8) > 0 && at == 0) return level;
        if (!afterTime) return LogLevel.Unknown;
        if (at == 0) return after is (byte)' ' or (byte)'|' or (byte)'!' or (byte)'/' or (byte)'\t' ? level : LogLevel.Unknown;
        return before == ' ' && after == ' ' && text[..at].IndexOfAnyExcept(" 0123456789|"u8) < 0 ? level : LogLevel.Unknown;
    }

    /// <summary>[error], [ info], [warning  ], [core:error], &lt;Error&gt;, (WARN), |INFO|.</summary>
    private static bool IsEnclosed(ReadOnlySpan<byte> text, int start, int end)
    {
        int open = start - 1, close = end;
        while (open >= 0 && text[open] == ' ' && start - open < 4) open--;
        while (close < text.Length && text[close] == ' ' && close - end < 6) close++;
        if (open < 0 || close >= text.Length || text[close] is not ((byte)']' or (byte)'>' or (byte)')' or (byte)'|')) return false;
        if (text[open] is (byte)'[' or (byte)'<' or (byte)'(' or (byte)'|') return true;
        if (text[open] != ':' || text[close] != ']') return false;
        int bracket = text[..open].LastIndexOf((byte)'[');
        return bracket >= 0 && text[(bracket + 1)..open].IndexOfAny(" :"u8) < 0;
    }

    /// <summary>Whether a word with a colon behind it begins a part of the line: "imap: Error: x", "[1:0] info: x", "| fatal: x",
    /// "app.ERROR: x", "PM2 error: x".</summary>
    private static bool IsSegment(ReadOnlySpan<byte> before, bool upper)
    {
        if (before.IsEmpty) return true;
        if (before[^1] == '.') return upper && before[..^1].IndexOfAny(" \t"u8) < 0;
        if (before[^1] is not ((byte)' ' or (byte)'\t' or (byte)':')) return false;
        if (IsWide(before)) return true;
        ReadOnlySpan<byte> trimmed = before.TrimEnd(" \t"u8);
        if (trimmed.IsEmpty || trimmed[^1] is (byte)':' or (byte)']' or (byte)'|' or (byte)'>' or (byte)'}' or (byte)')'
            or (byte)'-') return true;
        // One word in capitals, or a shell's "program warning:" as PHP and npm have it.
        return trimmed.IndexOfAnyExceptInRange((byte)'0', (byte)'Z') < 0 || upper;
    }

    /// <summary>Apache: <c>[proxy_fcgi:error] </c>.</summary>
    private static bool IsModule(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after) =>
        before.Length > 2 && before[0] == '[' && before[^1] == ':' && after.Length > 0 && after[0] == ']'
            && before[1..].IndexOfAny(" ["u8) < 0;

    private static bool IsLevelName(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("level"u8) || word.SequenceEqual("lvl"u8) || word.SequenceEqual("severity"u8)
            || word.SequenceEqual("loglevel"u8) || word.SequenceEqual("Level"u8);

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart((byte)'"');
        int end = text.IndexOfAny(" ,\"\t;"u8);
        return end < 0 ? text : text[..end];
    }

    private static bool IsWide(ReadOnlySpan<byte> text, int at) => at < text.Length && (text[at] == '\t' || (at + 1 < text.Length
        && text[at] == ' ' && text[at + 1] == ' '));

    private static bool IsWide(ReadOnlySpan<byte> before) => before.Length > 0 && (before[^1] == '\t' || (before.Length > 1
        && before[^1] == ' ' && before[^2] == ' '));

    private static int PunctuationEnd(ReadOnlySpan<byte> text, int end)
    {
        // ERROR/MainProcess] message
        if (end < text.Length && text[end] == '/' && text[end..].IndexOf("] "u8) is > 0 and var close) end += close;
        while (end < text.Length && text[end] is (byte)' ' or (byte)':' or (byte)']' or (byte)'|' or (byte)'\t' or (byte)')' or (byte)'>'
            or (byte)'!' or (byte)'/') end++;
        if (!text[end..].StartsWith("- "u8)) return end;
        for (end += 2; end < text.Length && text[end] == ' ';) end++;
        return end;
    }

    private static bool IsPunctuation(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept("[<(| -\t*"u8) < 0;

    private static bool IsUpper(ReadOnlySpan<byte> word) => word.IndexOfAnyExceptInRange((byte)'A', (byte)'Z') < 0;

    private static bool IsLetter(byte value) => (uint)((value | 0x20) - 'a') < 26;

    private static bool Is(ReadOnlySpan<byte> text, string one) => Ascii.Equals(text, one);

    private static bool Is(ReadOnlySpan<byte> text, string one, string other) => Is(text, one) || Is(text, other);

    private static bool Is(ReadOnlySpan<byte> text, string one, string two, string three) => Is(text, one, two) || Is(text, three);

    private static bool Is(ReadOnlySpan<byte> text, string one, string two, string three, string four) => Is(text, one, two) || Is(text, three, four);
}
