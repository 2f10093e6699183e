using System.Text;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>Understands the words and numbers that programs write for a level.</summary>
public static class LogLevels
{
    /// <summary>How far into a line of text a level is looked for.</summary>
    private const int Reach = 96;

    private const int LongestWord = 11;

    /// <summary>The level that a word stands for, in any case; Unknown when it is none.</summary>
    public static LogLevel Parse(ReadOnlySpan<byte> word)
    {
        if (word.Length is 0 or > LongestWord) return LogLevel.Unknown;
        Span<byte> lower = stackalloc byte[LongestWord];
        for (int i = 0; i < word.Length; i++) lower[i] = (byte)(word[i] | 0x20);
        ReadOnlySpan<byte> text = lower[..word.Length];
        return (char)text[0] switch
        {
            't' when Is(text, "trace", "trce") => LogLevel.Trace,
            'v' when Is(text, "verbose") => LogLevel.Trace,
            'f' when Is(text, "finest", "finer") => LogLevel.Trace,
            'd' when Is(text, "debug", "dbug") => LogLevel.Debug,
            'f' when Is(text, "fine") => LogLevel.Debug,
            'i' when Is(text, "info", "information", "inf") => LogLevel.Information,
            'n' when Is(text, "notice", "note") => LogLevel.Information,
            'l' when Is(text, "log") => LogLevel.Information,
            'w' when Is(text, "warn", "warning", "wrn") => LogLevel.Warning,
            'e' when Is(text, "error", "err", "erro", "eror") => LogLevel.Error,
            's' when Is(text, "severe") => LogLevel.Error,
            'f' when Is(text, "fail") => LogLevel.Error,
            'c' when Is(text, "critical", "crit") => LogLevel.Critical,
            'f' when Is(text, "fatal", "ftl") => LogLevel.Critical,
            'p' when Is(text, "panic") => LogLevel.Critical,
            'd' when Is(text, "dpanic") => LogLevel.Critical,
            'a' when Is(text, "alert") => LogLevel.Critical,
            'e' when Is(text, "emerg", "emergency") => LogLevel.Critical,
            _ => LogLevel.Unknown,
        };
    }

    /// <summary>The level that a number stands for: 10 to 60 as pino and bunyan count, 0 to 7 as syslog does.</summary>
    public static LogLevel Parse(long number) => number switch
    {
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

    /// <summary>
    /// The level that stands at the beginning of a text: a word in capitals, in brackets or before a colon. The same word in a sentence
    /// says nothing ("no error").
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="end">Where the word and its punctuation end when nothing but punctuation comes before it; else 0.</param>
    public static LogLevel Find(ReadOnlySpan<byte> text, out int end)
    {
        end = 0;
        bool first = true;
        int limit = Math.Min(text.Length, Reach);
        for (int i = 0; i < limit;)
        {
            if (!IsLetter(text[i])) { i++; continue; }
            int start = i;
            while (i < text.Length && IsLetter(text[i])) i++;
            ReadOnlySpan<byte> word = text[start..i];
            byte before = start == 0 ? (byte)' ' : text[start - 1], after = i == text.Length ? (byte)' ' : text[i];
            bool marked = after == ':' || (before is (byte)'[' or (byte)'<' or (byte)'(' or (byte)'|') && after is (byte)']' or (byte)'>' or (byte)')' or (byte)'|';
            bool alone = before is not ((byte)'-' or (byte)'_' or (byte)'/' or (byte)'.' or (byte)'"') && after is not ((byte)'-' or (byte)'_' or (byte)'/' or (byte)'.' or (byte)'"' or (byte)'=');
            if (alone && (marked && (first || after != ':') || IsUpper(word)) && word.Length > 2 && Parse(word) is var level and not LogLevel.Unknown)
            {
                if (first && IsPunctuation(text[..start])) end = PunctuationEnd(text, i);
                return level;
            }
            first = false;
        }
        return LogLevel.Unknown;
    }

    private static int PunctuationEnd(ReadOnlySpan<byte> text, int end)
    {
        while (end < text.Length && text[end] is (byte)' ' or (byte)':' or (byte)']' or (byte)'|' or (byte)'\t' or (byte)')' or (byte)'>') end++;
        return end;
    }

    private static bool IsPunctuation(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept("[<(| -\t"u8) < 0;

    private static bool IsUpper(ReadOnlySpan<byte> word) => word.IndexOfAnyExceptInRange((byte)'A', (byte)'Z') < 0;

    private static bool IsLetter(byte value) => (uint)((value | 0x20) - 'a') < 26;

    private static bool Is(ReadOnlySpan<byte> text, string one) => Ascii.Equals(text, one);

    private static bool Is(ReadOnlySpan<byte> text, string one, string other) => Is(text, one) || Is(text, other);

    private static bool Is(ReadOnlySpan<byte> text, string one, string two, string three) => Is(text, one, two) || Is(text, three);

    private static bool Is(ReadOnlySpan<byte> text, string one, string two, string three, string four) => Is(text, one, two) || Is(text, three, four);
}
