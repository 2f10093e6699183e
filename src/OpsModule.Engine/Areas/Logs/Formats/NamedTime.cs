namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>
/// Times with the name of a month or of a day, in whatever order: <c>Fri Nov 20 10:00:00.123 2026</c>, <c>Nov 20, 2026 10:00:00 PM</c>,
/// <c>20/Nov/2026:10:00:00 +0100</c>, <c>Fri, 20 Nov 2026 10:00:00 GMT</c>, <c>20-Nov-2026 10:00:00 Europe/Berlin</c>, <c>Nov  2
/// 10:00:00</c>.
/// </summary>
internal static class NamedTime
{
    private const int MostParts = 7;

    public static bool TryRead(ReadOnlySpan<byte> text, in LogClock clock, out DateTimeOffset time, out int length)
    {
        time = default;
        length = 0;
        int month = 0, day = 0, year = 0, at = 0;
        bool weekday = false;
        for (int part = 0; part < MostParts; part++)
        {
            if (part > 0) while (at < text.Length && text[at] is (byte)' ' or (byte)',' or (byte)'/' or (byte)'-' or (byte)':') at++;
            if (at >= text.Length) return false;
            ReadOnlySpan<byte> rest = text[at..];
            if ((uint)(rest[0] - '0') > 9)
            {
                int word = Letters(rest);
                if (word < 3) return false;
                if (month == 0 && TryMonth(rest[..word], out month)) { }
                else if (part == 0 && IsWeekday(rest[..word])) weekday = true;
                else return false;
                at += word;
                if (at < text.Length && text[at] == '.') at++;
                continue;
            }
            int digits = Digits(rest);
            if (digits <= 2 && digits < rest.Length && rest[digits] == ':')
                return month > 0 && day > 0 && DigitTime.TryClock(rest, out long ticks, out int clockLength)
                    && Finish(text, at + clockLength, year, month, day, ticks, weekday, clock, out time, out length);
            // journalctl writes a date in figures behind the day's name.
            if (weekday && part == 1 && digits == 4 && rest.Length > 4 && rest[4] == '-')
            {
                bool read = LogTime.TryIso(rest, clock, out time, out length);
                length += at;
                return read;
            }
            if (digits == 4 && year == 0 && LogTime.TryNumber(rest[..4], out year)) { }
            else if (digits is 1 or 2 && day == 0 && LogTime.TryNumber(rest[..digits], out day)) { }
            else if (digits == 2 && year == 0 && month > 0 && LogTime.TryNumber(rest[..2], out year)) year += 2000;
            else return false;
            at += digits;
        }
        return false;
    }

    private static bool Finish(ReadOnlySpan<byte> text, int at, int year, int month, int day, long ticks, bool weekday, in LogClock clock,
        out DateTimeOffset time, out int length)
    {
        length = at;
        if (year > 0) return LogTime.TryMake(year, month, day, ticks, text[at..], clock, out time, ref length);
        // With a day's name the year comes last, perhaps behind the zone.
        if (weekday && LogTime.IsDay(2000, month, day))
        {
            int zone = LogZones.Take(text[at..], new DateTime(2000, month, day).Ticks + ticks, out _);
            ReadOnlySpan<byte> rest = text[(at + zone)..];
            if (rest.Length >= 5 && rest[0] == ' ' && Digits(rest[1..]) == 4 && LogTime.TryNumber(rest.Slice(1, 4), out year)
                && year is > 1970 and < 2200)
            {
                length += 5;
                if (zone == 0) return LogTime.TryMake(year, month, day, ticks, rest[5..], clock, out time, ref length);
                return LogTime.TryMake(year, month, day, ticks, text[at..(at + zone)], clock, out time, ref length);
            }
        }
        return LogTime.MakeWithoutYear(month, day, ticks, clock, out time);
    }

    private static bool TryMonth(ReadOnlySpan<byte> word, out int month)
    {
        month = 0;
        if (word.Length > 9) return false;
        Span<byte> name = [(byte)(word[0] & 0xDF), (byte)(word[1] | 0x20), (byte)(word[2] | 0x20)];
        if (!LogTime.TryMonth(name, out month)) { month = 0; return false; }
        if (word.Length == 3 || (word.Length == 4 && month == 9)) return true;
        ReadOnlySpan<byte> rest = month switch
        {
            1 => "uary"u8, 2 => "ruary"u8, 3 => "ch"u8, 4 => "il"u8, 6 => "e"u8, 7 => "y"u8, 8 => "ust"u8, 9 => "tember"u8, 10 => "ober"u8,
                11 => "ember"u8, 12 => "ember"u8, _ => default,
        };
        if (word[3..].SequenceEqual(rest)) return true;
        month = 0;
        return false;
    }

    private static bool IsWeekday(ReadOnlySpan<byte> word) =>
        word.Length <= 9 && "MonTueWedThuFriSatSun"u8.IndexOf(word[..3]) is >= 0 and var at && at % 3 == 0 && (word.Length == 3
            || word.EndsWith("day"u8));

    private static int Letters(ReadOnlySpan<byte> text)
    {
        int i = 0;
        while (i < text.Length && (uint)((text[i] | 0x20) - 'a') < 26) i++;
        return i;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        int i = 0;
        while (i < text.Length && (uint)(text[i] - '0') <= 9) i++;
        return i;
    }
}
