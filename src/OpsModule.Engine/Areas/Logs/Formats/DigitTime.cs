namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>
/// Times that begin with a figure: ISO 8601 and what is near to it, dates with slashes, points and two-digit years, counts since 1970, and
/// a clock
/// alone. A date of figures with the day first is told by a day above twelve or by points; otherwise the month comes first, as where
/// slashes are usual.
/// </summary>
internal static class DigitTime
{
    private const long TicksPerMinute = TimeSpan.TicksPerMinute;

    /// <summary>Reads the time that a text begins with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="clock">What the time leaves out.</param>
    /// <param name="alone">Whether a clock without a date is a time, and a count since 1970.</param>
    /// <param name="time">The time, UTC.</param>
    /// <param name="length">How long it is.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, in LogClock clock, bool alone, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        int digits = 0;
        while (digits < text.Length && (uint)(text[digits] - '0') <= 9) digits++;
        if (digits == text.Length && digits < 10) return false;
        byte next = digits < text.Length ? text[digits] : (byte)' ';
        if (next == ':' && digits is > 0 and < 8 && text.Length > digits + 16 && text[digits + 9] == ':'
            && TryPacked(text[(digits + 1)..], 8, clock, out time, out length))
        {
            length += digits + 1; // Zabbix writes the process before it: 71:20261120:100000.123
            return true;
        }
        return digits switch
        {
            4 when next == '-' => LogTime.TryIso(text, clock, out time, out length),
            4 when next == '/' => LogTime.TrySlashed(text, clock, out time, out length),
            4 when next == '.' => TryFigures(text, clock, out time, out length),
            1 or 2 when next == ':' => alone && TryAlone(text, clock, out time, out length),
            1 or 2 when next is (byte)'/' or (byte)'.' or (byte)'-' && digits + 1 < text.Length && (uint)(text[digits + 1] - '0') <= 9 =>
                TryShort(text, clock, out time, out length),
            1 or 2 when next is (byte)'/' or (byte)'-' or (byte)' ' => NamedTime.TryRead(text, clock, out time, out length),
            6 or 8 => TryPacked(text, digits, clock, out time, out length),
            10 or 13 or 16 or 19 => alone && TryUnix(text, digits, clock, out time, out length),
            _ => false,
        };
    }

    /// <summary>h:mm:ss or h:mm, with decimals, and AM or PM.</summary>
    public static bool TryClock(ReadOnlySpan<byte> text, out long ticks, out int length)
    {
        ticks = 0;
        length = 0;
        int at = text.Length > 1 && text[1] == ':' ? 1 : 2;
        if (text.Length < at + 3 || text[at] != ':' || !LogTime.TryNumber(text[..at], out int hour)
            || !LogTime.TryNumber(text.Slice(at + 1, 2), out int minute) || hour > 23 || minute > 59) return false;
        length = at + 3;
        ticks = (hour * 60L + minute) * TicksPerMinute;
        bool seconds = text.Length >= length + 3 && text[length] == ':' && LogTime.TryNumber(text.Slice(length + 1, 2), out int second)
            && second <= 60
            && (ticks += Math.Min(second, 59) * TimeSpan.TicksPerSecond) >= 0;
        if (seconds)
        {
            length += 3;
            length += LogTime.TakeDecimals(text[length..], ref ticks, out _);
        }
        if (!TakeHalf(text, hour, ref ticks, ref length)) return seconds;
        return hour is >= 1 and <= 12;
    }

    private static bool TakeHalf(ReadOnlySpan<byte> text, int hour, ref long ticks, ref int length)
    {
        ReadOnlySpan<byte> rest = text[length..];
        // Java writes a narrow space that does not break.
        int blank = rest.StartsWith("\u202F"u8) ? 3 : rest.Length > 0 && rest[0] == ' ' ? 1 : 0;
        rest = rest[blank..];
        if (rest.Length < 2 || (rest[1] | 0x20) != 'm' || (rest[0] | 0x20) is not ('a' or 'p') || (rest.Length > 2
            && (uint)((rest[2] | 0x20) - 'a') < 26)) return false;
        bool afternoon = (rest[0] | 0x20) == 'p';
        if (afternoon && hour < 12) ticks += 12 * 60 * TicksPerMinute;
        else if (!afternoon && hour == 12) ticks -= 12 * 60 * TicksPerMinute;
        length += blank + 2;
        return true;
    }

    /// <summary>The latest such clock that is not in the future.</summary>
    private static bool TryAlone(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        if (!TryClock(text, out long ticks, out length) || clock.Now.Year < 10) return false;
        long latest = clock.Now.UtcTicks + TicksPerMinute;
        long local = clock.Now.UtcTicks + clock.OffsetAt(clock.Now.UtcTicks).Ticks;
        for (int back = -1; back <= 1; back++)
        {
            long moment = local - local % TimeSpan.TicksPerDay - back * TimeSpan.TicksPerDay + ticks;
            long utc = moment - clock.OffsetAt(moment).Ticks;
            if (utc > latest) continue;
            time = new DateTimeOffset(utc, TimeSpan.Zero);
            return true;
        }
        return false;
    }

    /// <summary>11/20/2026, 20.11.2026, 26/11/20, 20-11-2026, or Android's 11-20 without a year.</summary>
    private static bool TryShort(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        int at = text[1] is (byte)'/' or (byte)'.' or (byte)'-' ? 1 : 2;
        byte separator = text[at];
        if (!LogTime.TryNumber(text[..at], out int first)) return false;
        int second = at + 2 < text.Length && (uint)(text[at + 2] - '0') <= 9 ? 2 : 1;
        if (text.Length < at + 1 + second + 2 || !LogTime.TryNumber(text.Slice(at + 1, second), out int middle)) return false;
        int end = at + 1 + second;
        if (separator == '-' && text[end] == ' ')
            return at == 2 && second == 2 && LogTime.TryClock(text[(end + 1)..], out long clockTicks, out int used, out _)
                && (length = end + 1 + used) > 0
                && LogTime.MakeWithoutYear(first, middle, clockTicks, clock, out time);
        if (text[end] != separator) return false;
        int yearDigits = 0;
        while (end + 1 + yearDigits < text.Length && (uint)(text[end + 1 + yearDigits] - '0') <= 9) yearDigits++;
        if (yearDigits is not (2 or 4) || !LogTime.TryNumber(text.Slice(end + 1, yearDigits), out int last)) return false;
        (int year, int month, int day) = yearDigits == 4
            ? separator is (byte)'.' or (byte)'-' || first > 12 ? (last, middle, first) : (last, first, middle)
            : first > 12 && separator != '.' ? (2000 + first, middle, last) : separator == '.' ? (2000 + last, middle, first)
                : (2000 + last, first, middle);
        return Clock(text, end + 1 + yearDigits, year, month, day, clock, out time, out length);
    }

    /// <summary>2026.11.20 10:00:00.</summary>
    private static bool TryFigures(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        return text.Length >= 19 && text[7] == text[4] && LogTime.TryNumber(text[..4], out int year)
            && LogTime.TryNumber(text.Slice(5, 2), out int month)
            && LogTime.TryNumber(text.Slice(8, 2), out int day) && Clock(text, 10, year, month, day, clock, out time, out length);
    }

    /// <summary>261120 10:00:00, 081109 203615, 20261120 10:00:00.123, 20261120T100000Z, 20261120-10:00:00:606.</summary>
    private static bool TryPacked(ReadOnlySpan<byte> text, int digits, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        int yearDigits = digits - 4;
        if (digits + 7 > text.Length || text[digits] is not ((byte)' ' or (byte)'T' or (byte)'-' or (byte)'_' or (byte)':')) return false;
        if (!LogTime.TryNumber(text[..yearDigits], out int year) || !LogTime.TryNumber(text.Slice(yearDigits, 2), out int month)
            || !LogTime.TryNumber(text.Slice(yearDigits + 2, 2), out int day)) return false;
        if (yearDigits == 2) year += 2000;
        ReadOnlySpan<byte> rest = text[(digits + 1)..];
        if (!LogTime.TryNumber(rest[..6], out int packed)) return Clock(text, digits, year, month, day, clock, out time, out length);
        int hour = packed / 10000, minute = packed / 100 % 100, second = packed % 100;
        if (hour > 23 || minute > 59 || second > 60 || !LogTime.IsDay(year, month, day)) return false;
        long ticks = ((hour * 60L + minute) * 60 + Math.Min(second, 59)) * TimeSpan.TicksPerSecond;
        length = digits + 7;
        length += LogTime.TakeDecimals(text[length..], ref ticks, out _);
        return LogTime.TryMake(year, month, day, ticks, text[length..], clock, out time, ref length);
    }

    private static bool Clock(ReadOnlySpan<byte> text, int at, int year, int month, int day, in LogClock clock, out DateTimeOffset time,
        out int length)
    {
        time = default;
        length = 0;
        while (at < text.Length && text[at] is (byte)' ' or (byte)',' or (byte)'T' or (byte)'-' or (byte)':' or (byte)'_') at++;
        if (at >= text.Length || !TryClock(text[at..], out long ticks, out int used)) return false;
        length = at + used;
        // Some write a colon before the milliseconds.
        if (length + 4 <= text.Length && text[length] == ':' && LogTime.TryNumber(text.Slice(length + 1, 3), out int milliseconds)
            && (length + 4 == text.Length || (uint)(text[length + 4] - '0') > 9))
        {
            ticks += milliseconds * TimeSpan.TicksPerMillisecond;
            length += 4;
        }
        return LogTime.TryMake(year, month, day, ticks, text[length..], clock, out time, ref length);
    }

    private static bool TryUnix(ReadOnlySpan<byte> text, int digits, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = digits;
        long value = 0;
        foreach (byte digit in text[..digits]) value = value > (long.MaxValue - 9) / 10 ? long.MaxValue : value * 10 + digit - '0';
        if (!LogTime.TryUnix(value, out time)) return false;
        if (digits == 10)
        {
            long ticks = 0;
            length += LogTime.TakeDecimals(text[length..], ref ticks, out _);
            time = time.AddTicks(ticks);
        }
        // A number of ten figures may be anything; a log is neither of before 2001 nor of the next years.
        return time.Year > 2000 && (clock.Now.Year < 10 || time <= clock.Now.AddDays(366));
    }
}
