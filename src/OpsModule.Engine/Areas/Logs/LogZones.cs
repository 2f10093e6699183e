using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using OpsModule.Engine.Areas.Logs.Formats;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>
/// Reads what logs write behind a clock for the zone: Z, +01:00, -0500, " -05:00", and the names that mean one zone wherever they are used.
/// </summary>
internal static class LogZones
{
    private const int LongestName = 32;

    /// <summary>Hours from UTC. Names with several meanings are left out, but for those that servers of the United States and of India
    /// write.</summary>
    private static readonly FrozenDictionary<string, double> Names = new Dictionary<string, double>
    {
        ["UTC"] = 0, ["GMT"] = 0, ["UCT"] = 0, ["WET"] = 0, ["WEST"] = 1, ["BST"] = 1, ["CET"] = 1, ["CEST"] = 2, ["MEZ"] = 1,
            ["MESZ"] = 2, ["EET"] = 2, ["EEST"] = 3, ["MSK"] = 3, ["TRT"] = 3,
        ["EST"] = -5, ["EDT"] = -4, ["CST"] = -6, ["CDT"] = -5, ["MST"] = -7, ["MDT"] = -6, ["PST"] = -8, ["PDT"] = -7, ["AKST"] = -9,
            ["AKDT"] = -8, ["HST"] = -10,
        ["IST"] = 5.5, ["PKT"] = 5, ["WIB"] = 7, ["SGT"] = 8, ["HKT"] = 8, ["AWST"] = 8, ["JST"] = 9, ["KST"] = 9, ["AEST"] = 10,
            ["AEDT"] = 11, ["NZST"] = 12, ["NZDT"] = 13,
        ["SAST"] = 2, ["CAT"] = 2, ["EAT"] = 3, ["BRT"] = -3,
    }.ToFrozenDictionary();

    /// <summary>Names of the zone database that lines have used, with null for what is none.</summary>
    private static readonly ConcurrentDictionary<string, TimeZoneInfo?> Known = new();

    /// <summary>How many bytes say the zone; 0 when nothing does.</summary>
    /// <param name="text">What follows the clock.</param>
    /// <param name="local">Ticks of the local time.</param>
    /// <param name="offset">The distance from UTC.</param>
    public static int Take(ReadOnlySpan<byte> text, long local, out TimeSpan offset)
    {
        offset = default;
        if (text.IsEmpty) return 0;
        switch (text[0])
        {
            case (byte)'Z' or (byte)'z': return 1;
            case (byte)'+' or (byte)'-': return TryOffset(text, out offset, out int length) ? length + Repeated(text[length..]) : 0;
            case (byte)' ': break;
            default: return 0;
        }
        if (text.Length < 3) return 0;
        ReadOnlySpan<byte> rest = text[1..];
        if (rest[0] is (byte)'+' or (byte)'-')
            return TryOffset(rest, out offset, out int length) && IsAlone(rest, length) ? 1 + length + Repeated(rest[length..])
                : Reset(out offset);
        return rest[0] is >= (byte)'A' and <= (byte)'Z' && TryName(rest, local, out offset, out int name) ? 1 + name : 0;
    }

    /// <summary><c>+01:00</c>, <c>-0500</c>, <c>+01</c>.</summary>
    public static bool TryOffset(ReadOnlySpan<byte> text, out TimeSpan offset, out int length)
    {
        offset = default;
        length = 0;
        if (text.Length < 3 || text[0] is not ((byte)'+' or (byte)'-') || !TryTwo(text[1..], out int hours) || hours > 14) return false;
        int minutes = 0;
        length = 3;
        int colon = text.Length > 3 && text[3] == ':' ? 1 : 0;
        if (text.Length >= 5 + colon && TryTwo(text[(3 + colon)..], out int read) && read < 60)
        {
            minutes = read;
            length = 5 + colon;
        }
        offset = new TimeSpan(hours, minutes, 0);
        if (text[0] == '-') offset = -offset;
        return true;
    }

    /// <summary>Behind a blank a minus may be a dash or a number's: four digits are an offset, two are one before a bracket or with a
    /// plus.</summary>
    private static bool IsAlone(ReadOnlySpan<byte> text, int length) =>
        (length == text.Length || (uint)(text[length] - '0') > 9) && (length > 3 || text[0] == '+' || text[length..].StartsWith(" ["u8));

    /// <summary>Go and others write the name behind the offset: <c>-0500 EST</c>.</summary>
    private static int Repeated(ReadOnlySpan<byte> text)
    {
        if (text.Length < 4 || text[0] != ' ' || text[1] is < (byte)'A' or > (byte)'Z') return 0;
        int length = WordLength(text[1..]);
        return length is >= 3 and <= 4 && Names.ContainsKey(Encoding.ASCII.GetString(text.Slice(1, length))) ? 1 + length : 0;
    }

    private static bool TryName(ReadOnlySpan<byte> text, long local, out TimeSpan offset, out int length)
    {
        offset = default;
        length = WordLength(text);
        if (length is < 3 or > LongestName) return false;
        ReadOnlySpan<byte> word = text[..length];
        if (word.SequenceEqual("UTC"u8) || word.SequenceEqual("GMT"u8)) return true;
        if (length <= 4)
        {
            if (!Names.TryGetValue(Encoding.ASCII.GetString(word), out double hours)) return false;
            offset = TimeSpan.FromHours(hours);
            return true;
        }
        // A name of the zone database has a slash: Europe/Berlin.
        if (word.IndexOf((byte)'/') <= 0) return false;
        TimeZoneInfo? zone = Known.Count < 1000 ? Known.GetOrAdd(Encoding.ASCII.GetString(word), static n =>
            TimeZoneInfo.TryFindSystemTimeZoneById(n, out TimeZoneInfo? found) ? found : null) : null;
        if (zone is null) return false;
        offset = DayOffsets.Of(zone, local);
        return true;
    }

    private static int WordLength(ReadOnlySpan<byte> text)
    {
        int i = 0;
        while (i < text.Length && ((uint)((text[i] | 0x20) - 'a') < 26 || (i > 0 && text[i] is (byte)'/' or (byte)'_'
            && i < LongestName))) i++;
        return i < text.Length && (uint)(text[i] - '0') <= 9 ? 0 : i;
    }

    private static int Reset(out TimeSpan offset)
    {
        offset = default;
        return 0;
    }

    private static bool TryTwo(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        if (text.Length < 2 || (uint)(text[0] - '0') > 9 || (uint)(text[1] - '0') > 9) return false;
        number = (text[0] - '0') * 10 + text[1] - '0';
        return true;
    }
}
