using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Postgres.Queries;

/// <summary>
/// Reads values out of the text in which the server shows them. What the type here cannot hold (<c>infinity</c> as a time, a year before
/// Christ, a month as a duration) stays the server's text: a value is never nearly the right one.
/// </summary>
public static partial class ValueText
{
    // What the server shows of its own types does not depend on settings but these, which the session sets: DateStyle, IntervalStyle,
    // TimeZone, bytea_output, extra_float_digits.
    private static readonly Dictionary<uint, Func<string, object>> Readers = new()
    {
        [16] = text => text == "t",
        [17] = text => text.StartsWith("\\x", StringComparison.Ordinal) ? Convert.FromHexString(text.AsSpan(2)) : text,
        [20] = text => long.Parse(text, CultureInfo.InvariantCulture),
        [21] = text => short.Parse(text, CultureInfo.InvariantCulture),
        [23] = text => int.Parse(text, CultureInfo.InvariantCulture),
        [26] = text => long.Parse(text, CultureInfo.InvariantCulture),
        [700] = text => float.Parse(text, CultureInfo.InvariantCulture),
        [701] = text => double.Parse(text, CultureInfo.InvariantCulture),
        [1082] = text => Time(text, "yyyy-MM-dd"),
        [1083] = text => Clock().Match(text) is { Success: true } match ? Span(match) ?? (object)text : text,
        [1114] = text => Time(text, "yyyy-MM-dd HH:mm:ss.FFFFFF"),
        [1184] = Instant,
        [1186] = Interval,
        [1700] = Number,
        [2950] = text => Guid.TryParse(text, out Guid id) ? id : text,
    };

    // Arrays of those, and of types that are shown as text.
    private static readonly Dictionary<uint, uint> Elements = new()
    {
        [1000] = 16, [1001] = 17, [1016] = 20, [1005] = 21, [1007] = 23, [1028] = 26, [1021] = 700, [1022] = 701, [1182] = 1082,
            [1183] = 1083,
        [1115] = 1114, [1185] = 1184, [1187] = 1186, [1231] = 1700, [2951] = 2950,
        [1002] = 18, [1003] = 19, [1009] = 25, [1014] = 1042, [1015] = 1043, [199] = 114, [3807] = 3802, [1041] = 869, [651] = 650,
            [1270] = 1266,
    };

    /// <summary>The value; of an array an array of values, and of a type that is none of the server's own the text.</summary>
    /// <param name="type">The type's number, as the server gives it.</param>
    /// <param name="text">The value in the server's words.</param>
    public static object Read(uint type, string text)
    {
        if (Readers.TryGetValue(type, out Func<string, object>? read)) return read(text);
        return Elements.TryGetValue(type, out uint element) ? (object?)ArrayText.Read(text, e => Read(element, e)) ?? text : text;
    }

    private static object Time(string text, string format) =>
        DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time) ? time : text;

    private static object Instant(string text) =>
        DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd HH:mm:ss.FFFFFFzz", "yyyy-MM-dd HH:mm:ss.FFFFFFzzz"],
        CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time) ? time.ToUniversalTime() : text;

    private static object Interval(string text) => Duration().Match(text) is { Success: true } match && text.Length > 0 ? Span(match)
        ?? (object)text : text;

    private static TimeSpan? Span(Match match)
    {
        decimal seconds = Part(match, "hours") * 3600 + Part(match, "minutes") * 60 + Part(match, "seconds");
        if (match.Groups["sign"].Value == "-") seconds = -seconds;
        decimal ticks = (Part(match, "days") * 86400 + seconds) * TimeSpan.TicksPerSecond;
        return ticks is >= long.MinValue and <= long.MaxValue ? TimeSpan.FromTicks((long)ticks) : null;
    }

    private static decimal Part(Match match, string name) => match.Groups[name] is { Success: true } part
        ? decimal.Parse(part.ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static object Number(string text)
    {
        const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        // A decimal of more digits would be rounded without a word.
        if (text.Count(char.IsAsciiDigit) <= 28
            && decimal.TryParse(text, Plain, CultureInfo.InvariantCulture, out decimal number)) return number;
        if (BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole)) return whole;
        return text is "NaN" or "Infinity" or "-Infinity" ? double.Parse(text, CultureInfo.InvariantCulture) : text;
    }

    [GeneratedRegex(@"^(?<hours>\d+):(?<minutes>\d\d):(?<seconds>\d\d(?:\.\d+)?)\z")]
    private static partial Regex Clock();

    [GeneratedRegex(@"^(?:(?<days>-?\d+) days?)?(?: ?(?<sign>[+-]?)(?<hours>\d+):(?<minutes>\d\d):(?<seconds>\d\d(?:\.\d+)?))?\z")]
    private static partial Regex Duration();
}
