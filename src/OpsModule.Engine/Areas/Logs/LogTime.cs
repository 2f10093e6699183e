namespace OpsModule.Engine.Areas.Logs;

/// <summary>Reads the times that logs write, from bytes and without exceptions.</summary>
public static class LogTime
{
    private const long TicksPerSecond = TimeSpan.TicksPerSecond, NanosecondsPerTick = 100;

    /// <summary>
    /// A timestamp of the platform at the beginning of a line: RFC 3339 with up to nine decimals, in UTC or with an offset, and a space.
    /// </summary>
    /// <param name="text">The line.</param>
    /// <param name="nanoseconds">Nanoseconds since 1970, as exact as the platform wrote them.</param>
    /// <param name="length">How long it is, with the space.</param>
    public static bool TryStamp(ReadOnlySpan<byte> text, out long nanoseconds, out int length)
    {
        nanoseconds = 0;
        if (!ReadIso(text, new LogClock(default, TimeSpan.Zero), out DateTimeOffset time, out length, out int remainder) || length < 20
            || text[10] != 'T') return false;
        if (length < text.Length && text[length] != ' ') return false;
        if (length < text.Length) length++;
        nanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick + remainder;
        return true;
    }

    /// <summary>ISO 8601 as programs write it: 'T' or a space, '.' or ',', and Z, an offset, a zone's name or nothing at the end.</summary>
    /// <param name="text">Begins with the time.</param>
    /// <param name="offset">The distance from UTC when it does not say.</param>
    /// <param name="time">The time, UTC.</param>
    /// <param name="length">How long it is.</param>
    public static bool TryIso(ReadOnlySpan<byte> text, TimeSpan offset, out DateTimeOffset time, out int length) =>
        ReadIso(text, new LogClock(default, offset), out time, out length, out _);

    /// <summary>The same, in the zone of the line's own date when it does not say.</summary>
    public static bool TryIso(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length) => ReadIso(text, clock,
        out time, out length, out _);

    /// <summary>The date of nginx's error log and of Go's log package: <c>2026/11/21 03:16:00</c>, perhaps with decimals.</summary>
    public static bool TrySlashed(ReadOnlySpan<byte> text, TimeSpan offset, out DateTimeOffset time, out int length) => TrySlashed(text,
        new LogClock(default, offset), out time, out length);

    /// <summary>The same, in the zone of the line's own date.</summary>
    public static bool TrySlashed(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < 19 || text[4] != '/' || text[7] != '/' || text[10] is not ((byte)' ' or (byte)'T')) return false;
        // Gin writes a dash between the two.
        int begin = text[11..].StartsWith("- "u8) ? 13 : 11;
        if (!TryNumber(text[..4], out int year) || !TryNumber(text.Slice(5, 2), out int month) || !TryNumber(text.Slice(8, 2), out int day)
            || !TryClock(text[begin..], out long ticks, out int used, out _)) return false;
        length = begin + used;
        return TryMake(year, month, day, ticks, text[length..], clock, out time, ref length);
    }

    /// <summary>The date of access logs: <c>21/Nov/2026:03:16:00 +0100</c>.</summary>
    public static bool TryAccess(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        return text.Length == 26 && text[2] == '/' && text[6] == '/' && text[11] == ':' && text[20] == ' '
            && TryNumber(text[..2], out int day) && TryMonth(text.Slice(3, 3), out int month) && TryNumber(text.Slice(7, 4), out int year)
            && TryClock(text.Slice(12, 8), out long ticks, out _, out _) && LogZones.TryOffset(text[21..], out TimeSpan offset,
                out int used) && used == 5
            && Make(year, month, day, ticks, offset, out time);
    }

    /// <summary>The date of Redis: <c>21 Nov 2026 03:16:00.123</c>.</summary>
    public static bool TryRedis(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < 20 || text[2] != ' ' || text[6] != ' ' || text[11] != ' ') return false;
        if (!TryNumber(text[..2], out int day) || !TryMonth(text.Slice(3, 3), out int month) || !TryNumber(text.Slice(7, 4), out int year)
            || !TryClock(text[12..], out long ticks, out int used, out _)) return false;
        length = 12 + used;
        int zone = length;
        return TryMake(year, month, day, ticks, default, clock, out time, ref zone);
    }

    /// <summary>The date of syslog, which has no year: <c>Nov  1 03:16:00</c>.</summary>
    public static bool TrySyslog(ReadOnlySpan<byte> text, LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < 15 || text[3] != ' ' || text[6] != ' ' || !TryMonth(text[..3], out int month)) return false;
        ReadOnlySpan<byte> dayText = text[4] == ' ' ? text.Slice(5, 1) : text.Slice(4, 2);
        if (!TryNumber(dayText, out int day) || !TryClock(text[7..], out long ticks, out int used, out _)) return false;
        length = 7 + used;
        return MakeWithoutYear(month, day, ticks, clock, out time);
    }

    /// <summary>The date of klog, which has no year: <c>1121 03:16:00.123456</c>.</summary>
    public static bool TryKlog(ReadOnlySpan<byte> text, LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < 13 || text[4] != ' ' || !TryNumber(text[..2], out int month) || !TryNumber(text.Slice(2, 2), out int day)
            || !TryClock(text[5..], out long ticks, out int used, out _)) return false;
        length = 5 + used;
        return MakeWithoutYear(month, day, ticks, clock, out time);
    }

    /// <summary>A count since 1970: seconds, milliseconds, microseconds or nanoseconds, told apart by their size.</summary>
    public static bool TryUnix(double value, out DateTimeOffset time)
    {
        time = default;
        double seconds = value switch { >= 1e17 => value / 1e9, >= 1e14 => value / 1e6, >= 1e11 => value / 1e3, _ => value };
        // Before 1973 and after 2200 it is some other number.
        if (!(seconds is >= 1e8 and < 7.3e9)) return false;
        // A double is exact to the microsecond in this century, not to the tick.
        time = DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(seconds * 1e6) * 10);
        return true;
    }

    /// <summary>The same of a whole number, exact to the tick.</summary>
    public static bool TryUnix(long value, out DateTimeOffset time)
    {
        time = default;
        long ticks = value switch
        {
            >= 100_000_000_000_000_000 => value / NanosecondsPerTick,
            >= 100_000_000_000_000 => value * 10,
            >= 100_000_000_000 => value * TimeSpan.TicksPerMillisecond,
            >= 100_000_000 and < 7_300_000_000 => value * TicksPerSecond,
            _ => 0,
        };
        if (ticks < 100_000_000 * TicksPerSecond || ticks >= 7_300_000_000 * TicksPerSecond) return false;
        time = DateTimeOffset.UnixEpoch.AddTicks(ticks);
        return true;
    }

    private static bool ReadIso(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length, out int remainder)
    {
        time = default;
        length = remainder = 0;
        if (text.Length < 19 || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)' ' or (byte)'t')) return false;
        // apt writes two blanks.
        int begin = text[11] == ' ' ? 12 : 11;
        if (!TryNumber(text[..4], out int year) || !TryNumber(text.Slice(5, 2), out int month) || !TryNumber(text.Slice(8, 2), out int day)
            || !TryClock(text[begin..], out long ticks, out int used, out remainder)) return false;
        length = begin + used;
        return TryMake(year, month, day, ticks, text[length..], clock, out time, ref length);
    }

    /// <summary>HH:mm:ss with decimals; what is finer than a tick is the remainder, in nanoseconds.</summary>
    internal static bool TryClock(ReadOnlySpan<byte> text, out long ticks, out int length, out int remainder)
    {
        ticks = 0;
        length = remainder = 0;
        if (text.Length < 8 || text[2] != ':' || text[5] != ':' || !TryNumber(text[..2], out int hour) || !TryNumber(text.Slice(3, 2), out int minute)
            || !TryNumber(text.Slice(6, 2), out int second) || hour > 23 || minute > 59 || second > 60) return false;
        ticks = ((hour * 60L + minute) * 60 + Math.Min(second, 59)) * TicksPerSecond; // .NET has no leap seconds
        length = 8;
        length += TakeDecimals(text[8..], ref ticks, out remainder);
        return true;
    }

    /// <summary><c>.123</c> or <c>,123</c> behind the seconds.</summary>
    internal static int TakeDecimals(ReadOnlySpan<byte> text, ref long ticks, out int remainder)
    {
        remainder = 0;
        if (text.Length < 2 || text[0] is not ((byte)'.' or (byte)',') || (uint)(text[1] - '0') > 9) return 0;
        long scale = TicksPerSecond * NanosecondsPerTick, nanoseconds = 0;
        int length = 1;
        for (; length < text.Length && (uint)(text[length] - '0') < 10; length++) nanoseconds += (text[length] - '0') * (scale /= 10);
        ticks += nanoseconds / NanosecondsPerTick;
        remainder = (int)(nanoseconds % NanosecondsPerTick);
        return length;
    }

    /// <summary>A time of a date and a clock; what follows may say the zone, and is then added to the length.</summary>
    internal static bool TryMake(int year, int month, int day, long ticks, ReadOnlySpan<byte> rest, in LogClock clock,
        out DateTimeOffset time, ref int length)
    {
        time = default;
        if (!IsDay(year, month, day)) return false;
        long local = new DateTime(year, month, day).Ticks + ticks;
        int zone = LogZones.Take(rest, local, out TimeSpan offset);
        if (zone == 0) offset = clock.OffsetAt(local);
        length += zone;
        time = new DateTimeOffset(local - offset.Ticks, TimeSpan.Zero);
        return true;
    }

    /// <summary>The last such time that was: a day ahead is a clock that is fast, or a time zone; more is last year's. A 29 February is of
    /// a leap year.</summary>
    internal static bool MakeWithoutYear(int month, int day, long ticks, in LogClock clock, out DateTimeOffset time)
    {
        int year = Math.Clamp(clock.Now.Year, 10, 9990);
        for (int back = -1; back <= 8; back++)
        {
            if (!IsDay(year - back, month, day)) continue;
            long local = new DateTime(year - back, month, day).Ticks + ticks;
            time = new DateTimeOffset(local - clock.OffsetAt(local).Ticks, TimeSpan.Zero);
            if (clock.Now.Year < 10 || time <= clock.Now.AddDays(1)) return true;
        }
        time = default;
        return false;
    }

    /// <summary>The month that a name or its first three letters stand for.</summary>
    internal static bool TryMonth(ReadOnlySpan<byte> name, out int month)
    {
        int at = name.Length == 3 ? "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(name) : -1;
        month = at / 3 + 1;
        return at >= 0 && at % 3 == 0;
    }

    internal static bool TryNumber(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        foreach (byte digit in text)
        {
            if ((uint)(digit - '0') > 9) return false;
            number = number * 10 + digit - '0';
        }
        return text.Length > 0;
    }

    // The first and last year have times that an offset would carry out of range.
    internal static bool IsDay(int year, int month, int day) => year is >= 2 and <= 9998 && month is >= 1 and <= 12 && day >= 1
        && day <= DateTime.DaysInMonth(year, month);

    private static bool Make(int year, int month, int day, long ticks, TimeSpan offset, out DateTimeOffset time)
    {
        time = default;
        if (!IsDay(year, month, day)) return false;
        time = new DateTimeOffset(new DateTime(year, month, day).Ticks + ticks - offset.Ticks, TimeSpan.Zero);
        return true;
    }
}
