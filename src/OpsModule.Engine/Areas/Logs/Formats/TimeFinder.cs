namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Finds the time of a line of text: at its beginning, or behind what stands before a time in logs (a level, a process, a host, a
/// file's name).</summary>
internal static class TimeFinder
{
    private const int Reach = 160, MostTokens = 8;

    /// <summary>Reads a time of whatever kind at the beginning of a text.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, in LogClock clock, bool alone, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        if (text.IsEmpty) return false;
        if ((uint)(text[0] - '0') <= 9) return DigitTime.TryRead(text, clock, alone, out time, out length);
        return text.Length > 10 && (text[0] is >= (byte)'A' and <= (byte)'W' || text[3] == '/' && text[0] is >= (byte)'a' and <= (byte)'w')
            && NamedTime.TryRead(text, clock, out time, out length);
    }

    /// <summary>Reads a value that is a time and nothing else, as a field has it; a count since 1970 may be text.</summary>
    public static bool TryValue(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time)
    {
        text = text.Trim(" []\""u8);
        return LogTime.TryIso(text, clock, out time, out _) || TryRead(text, clock, alone: true, out time, out _);
    }

    /// <summary>Reads a clock of which another field has the date (<c>date=2026-11-20 time=10:00:00</c>); alone it is the last such
    /// time.</summary>
    public static bool TryJoined(LogDraft draft, ReadOnlySpan<byte> clockText, in LogClock clock, out DateTimeOffset time)
    {
        if (clockText.Length > 40 || draft.Fields?.GetValueOrDefault("date") is not string { Length: 10 } date) return TryRead(clockText,
            clock, alone: true, out time, out _);
        Span<byte> both = stackalloc byte[64];
        int length = System.Text.Encoding.UTF8.GetBytes(date, both);
        both[length++] = (byte)' ';
        clockText.CopyTo(both[length..]);
        return TryRead(both[..(length + clockText.Length)], clock, alone: false, out time, out _);
    }

    /// <summary>Finds the time of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="clock">What the time leaves out.</param>
    /// <param name="time">The time, UTC.</param>
    /// <param name="begin">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="tokens">How many words stand before it.</param>
    public static bool TryFind(ReadOnlySpan<byte> line, in LogClock clock, out DateTimeOffset time, out int begin, out int end,
        out int tokens)
    {
        time = default;
        begin = end = tokens = 0;
        int words = 0;
        bool level = false;
        int limit = Math.Min(line.Length, Reach);
        for (int at = 0; tokens < MostTokens; tokens++)
        {
            while (at < limit && line[at] is (byte)' ' or (byte)'\t' or (byte)'[' or (byte)'(' or (byte)'<' or (byte)'{' or (byte)'|'
                or (byte)'-' or (byte)'*' or (byte)'=' or (byte)'"') at++;
            if (at >= limit) return false;
            bool enclosed = at > 0 && line[at - 1] is (byte)'[' or (byte)'(';
            if (TryRead(line[at..], clock, alone: tokens == 0 || level || enclosed && tokens < 3, out time, out int length)
                && EndsWell(line, at + length))
            {
                (begin, end) = (at, at + length);
                return true;
            }
            int stop = line[at..limit].IndexOfAny(" \t[(|"u8);
            stop = stop < 0 ? limit : at + Math.Max(1, stop);
            ReadOnlySpan<byte> token = line[at..stop];
            level = token.Length == 1 ? LogLevels.ParseLetter(token[0]) != LogLevel.Unknown
                : LogLevels.Parse(token.TrimEnd(":],!>)"u8)) != LogLevel.Unknown;
            if (!level && !IsPrefix(token) && ++words > 1) return false;
            at = stop;
        }
        return false;
    }

    /// <summary>What may stand before a time: anything but a second ordinary word, which begins a sentence.</summary>
    private static bool IsPrefix(ReadOnlySpan<byte> token)
    {
        bool small = false;
        foreach (byte b in token)
        {
            if (b is >= (byte)'0' and <= (byte)'9' or (byte)'/' or (byte)':' or (byte)'=' or (byte)'@' or (byte)'_' or (byte)'\\'
                or (byte)'$') return true;
            small |= b is >= (byte)'a' and <= (byte)'z';
        }
        return !small;
    }

    private static bool EndsWell(ReadOnlySpan<byte> line, int end) =>
        end == line.Length || line[end] is (byte)' ' or (byte)'\t' or (byte)']' or (byte)':' or (byte)'|' or (byte)',' or (byte)')'
            or (byte)'>' or (byte)'"' or (byte)';' or (byte)'}' or 0xC2 or 0xE2;
}
