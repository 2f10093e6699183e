using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Foundations.Text;

/// <summary>Durations as people write them: <c>30d</c>, <c>24h</c>, <c>15m</c>, <c>1h30m</c>.</summary>
public static partial class DurationText
{
    /// <summary>What a valid duration looks like, for messages.</summary>
    public const string Expected = "a duration such as 30d, 24h, 15m, 90s or 2w";

    /// <summary>What to say of a number that nobody can tell the unit of.</summary>
    public static string WithoutUnit(string number) => $"'{number}' has no unit: write {number}d for days, {number}h for hours, {number}m for minutes or {number}s for seconds.";

    /// <summary>Reads a duration; false when it is none.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        Match match = Pattern().Match(text);
        if (!match.Success) return false;
        double seconds = 0;
        for (int i = 0; i < match.Groups[1].Captures.Count; i++)
        {
            double number = double.Parse(match.Groups[1].Captures[i].ValueSpan, CultureInfo.InvariantCulture);
            seconds += number * (match.Groups[2].Captures[i].ValueSpan[0] switch { 'w' => 604_800, 'd' => 86_400, 'h' => 3_600, 'm' => 60, _ => 1 });
        }
        if (seconds > TimeSpan.FromDays(36_500).TotalSeconds) return false;
        value = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>The same where parts of a second count as well: <c>250ms</c>.</summary>
    public static bool TryParseFine(string text, out TimeSpan value)
    {
        if (!text.EndsWith("ms", StringComparison.Ordinal)) return TryParse(text, out value);
        bool isOne = double.TryParse(text.AsSpan(0, text.Length - 2).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out double number) && number <= TimeSpan.FromDays(1).TotalMilliseconds;
        value = isOne ? TimeSpan.FromMilliseconds(number) : default;
        return isOne;
    }

    /// <summary>A duration in the units a person would say it in.</summary>
    public static string Show(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0 } => "-" + Show(span.Negate()),
        { TotalMilliseconds: < 1000 } => span.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms",
        { TotalSeconds: < 60 } => span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{span.Days} d {span.Hours} h",
    };

    /// <summary>The same rule for editors and the loader.</summary>
    public const string RegularExpression = @"^(?:([0-9]{1,9})([wdhms]))+$";

    [GeneratedRegex(RegularExpression, RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
