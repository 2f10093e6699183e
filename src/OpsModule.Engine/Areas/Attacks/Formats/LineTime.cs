using System.Buffers.Text;
using System.Globalization;
using System.Text;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>Reads a time that stands at its own place in a line, in any of the notations that servers of the web use.</summary>
internal static class LineTime
{
    private const int Longest = 40;

    /// <summary>Reads it; false for anything else.</summary>
    /// <param name="text">The time and nothing else.</param>
    /// <param name="clock">For times without a zone, and without a year.</param>
    /// <param name="time">The time, UTC.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, LogClock clock, out DateTimeOffset time)
    {
        time = default;
        text = text.Trim((byte)' ');
        if (text.Length is < 8 or > Longest) return false;
        if (LogTime.TryIso(text, clock.Offset, out time, out _)) return true;
        if (TryUnix(text, out time)) return true;
        Span<byte> iso = stackalloc byte[Longest + 24];
        int length = Normal(text, clock, iso);
        return length > 0 && LogTime.TryIso(iso[..length], clock.Offset, out time, out _);
    }

    private static bool TryUnix(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.IndexOfAnyExcept("0123456789."u8) >= 0 || (text.Length == 14 && text.IndexOf((byte)'.') < 0)) return false;
        return Utf8Parser.TryParse(text, out double seconds, out int used) && used == text.Length && LogTime.TryUnix(seconds, out time);
    }

    /// <summary>The same time after ISO 8601; its length, or 0.</summary>
    private static int Normal(ReadOnlySpan<byte> text, LogClock clock, Span<byte> iso)
    {
        if (text.Length == 14) return Dense(text, iso);
        if (text[4] == '/' && text[7] == '/') return Slashed(text, iso);
        return Named(text, clock, iso);
    }

    /// <summary><c>20251125101112</c></summary>
    private static int Dense(ReadOnlySpan<byte> text, Span<byte> iso)
    {
        if (text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return 0;
        Span<byte> clock = [text[8], text[9], (byte)':', text[10], text[11], (byte)':', text[12], text[13]];
        return Write(iso, text[..4], text.Slice(4, 2), text.Slice(6, 2), clock);
    }

    /// <summary><c>2025/11/25 10:11:12</c> and <c>2025/11/25 - 10:11:12</c></summary>
    private static int Slashed(ReadOnlySpan<byte> text, Span<byte> iso)
    {
        ReadOnlySpan<byte> clock = text[10..].TrimStart(" -T"u8);
        return clock.Length < 8 ? 0 : Write(iso, text[..4], text.Slice(5, 2), text.Slice(8, 2), clock);
    }

    /// <summary>
    /// <c>25/Nov/2025:10:11:12 +0100</c>, <c>1/Apr/2025 10:11:12.655</c>, <c>25-Nov-2025 10:11:12</c>, <c>Tue Nov 25 10:11:12.123 2025</c>
    /// and
    /// <c>Tue, 25 Nov 2025 10:11:12 GMT</c>.
    /// </summary>
    private static int Named(ReadOnlySpan<byte> text, LogClock clock, Span<byte> iso)
    {
        if (char.IsAsciiLetter((char)text[0]))
        {
            int blank = text.IndexOf((byte)' ');
            if (blank is < 3 or > 4) return 0;
            if (Month(text[..3]) == 0) text = text[(blank + 1)..].TrimStart((byte)' '); // the day of the week
        }
        if (text.Length < 12) return 0;
        return char.IsAsciiLetter((char)text[0]) ? MonthFirst(text, clock, iso) : DayFirst(text, iso);
    }

    private static int DayFirst(ReadOnlySpan<byte> text, Span<byte> iso)
    {
        int digits = char.IsAsciiDigit((char)text[1]) ? 2 : 1;
        if (text.Length < digits + 18 || text[digits] is not ((byte)'/' or (byte)'-' or (byte)' ')) return 0;
        int month = Month(text.Slice(digits + 1, 3));
        ReadOnlySpan<byte> year = text.Slice(digits + 5, 4), rest = text[(digits + 9)..];
        if (month == 0 || rest[0] is not ((byte)':' or (byte)' ' or (byte)'-')) return 0;
        return Day(iso, year, month, text[..digits], rest[1..]);
    }

    private static int MonthFirst(ReadOnlySpan<byte> text, LogClock clock, Span<byte> iso)
    {
        int month = Month(text[..3]);
        ReadOnlySpan<byte> rest = text[3..].TrimStart((byte)' ');
        int blank = rest.IndexOf((byte)' ');
        if (month == 0 || blank is < 1 or > 2) return 0;
        ReadOnlySpan<byte> day = rest[..blank], time = rest[(blank + 1)..];
        int end = time.LastIndexOf((byte)' ');
        ReadOnlySpan<byte> year = end < 0 ? default : time[(end + 1)..];
        if (year.Length != 4 || year.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return Syslog(text, clock, iso);
        return time.Length < 8 ? 0 : Day(iso, year, month, day, time[..end]);
    }

    private static int Syslog(ReadOnlySpan<byte> text, LogClock clock, Span<byte> iso) =>
        LogTime.TrySyslog(text, clock, out DateTimeOffset time, out _)
            && Encoding.ASCII.TryGetBytes(time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture), iso,
                out int length) ? length : 0;

    private static int Day(Span<byte> iso, ReadOnlySpan<byte> year, int month, ReadOnlySpan<byte> day, ReadOnlySpan<byte> clock)
    {
        Span<byte> numbers = [(byte)('0' + month / 10), (byte)('0' + month % 10), (byte)'0', day[^1]];
        if (day.Length == 2) numbers[2] = day[0];
        return Write(iso, year, numbers[..2], numbers[2..], clock);
    }

    private static int Write(Span<byte> iso, ReadOnlySpan<byte> year, ReadOnlySpan<byte> month, ReadOnlySpan<byte> day,
        ReadOnlySpan<byte> clock)
    {
        year.CopyTo(iso);
        iso[4] = iso[7] = (byte)'-';
        month.CopyTo(iso[5..]);
        day.CopyTo(iso[8..]);
        iso[10] = (byte)'T';
        int length = Math.Min(clock.Length, iso.Length - 11);
        clock[..length].CopyTo(iso[11..]);
        return 11 + length;
    }

    private static int Month(ReadOnlySpan<byte> name)
    {
        int at = "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(name);
        return at >= 0 && at % 3 == 0 ? at / 3 + 1 : 0;
    }
}
