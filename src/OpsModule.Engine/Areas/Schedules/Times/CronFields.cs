using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Schedules.Times;

/// <summary>
/// What stands in the five fields, number by number, so that other systems can be told in their own words. The library that reckons with an
/// expression does not show that.
/// </summary>
internal sealed partial record CronFields(CronField Minutes, CronField Hours, CronField Days, CronField Months, CronField Weekdays)
{
    private static readonly string[] MonthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>Reads an expression that the library has taken; null where this reader does not understand it.</summary>
    public static CronFields? Parse(string text)
    {
        string[] words = CronSchedule.Words(text.ToUpperInvariant());
        if (words is [var macro])
        {
            if (Macro(macro) is not { } meant) return null;
            words = CronSchedule.Words(meant);
        }
        if (words.Length != 5) return null;
        CronField? minutes = Numbers(words[0], 0, 59, []), hours = Numbers(words[1], 0, 23, []),
            months = Numbers(words[3], 1, 12, MonthNames),
            days = MonthDay(words[2]) ?? Numbers(words[2], 1, 31, []), weekdays = Weekday(words[4]) ?? Numbers(words[4], 0, 6, DayNames);
        return minutes is null || hours is null || days is null || months is null || weekdays is null ? null
            : new(minutes, hours, days, months, weekdays);
    }

    private static string? Macro(string word) => word switch
    {
        "@YEARLY" or "@ANNUALLY" => "0 0 1 1 *",
        "@MONTHLY" => "0 0 1 * *",
        "@WEEKLY" => "0 0 * * 0",
        "@DAILY" or "@MIDNIGHT" => "0 0 * * *",
        "@HOURLY" => "0 * * * *",
        "@EVERY_MINUTE" => "* * * * *",
        _ => null,
    };

    private static CronField? MonthDay(string word)
    {
        if (LastDay().Match(word) is { Success: true } last)
            return Reckoned(new CronDay.Last(last.Groups[1].Success ? int.Parse(last.Groups[1].Value, CultureInfo.InvariantCulture) : 0));
        return word.Contains('W') ? Reckoned(new CronDay.Working(word)) : null;
    }

    private static CronField? Weekday(string word)
    {
        if (DayOfMonth().Match(word) is not { Success: true } match
            || Number(match.Groups[1].Value, 0, DayNames) is not (>= 0 and <= 7 and var day)) return null;
        return Reckoned(match.Groups[2].Success ? new CronDay.NthWeekday(day % 7, match.Groups[2].Value[0] - '0')
            : new CronDay.LastWeekday(day % 7));
    }

    private static CronField Reckoned(CronDay day) => new([], false) { Day = day };

    private static CronField? Numbers(string word, int least, int most, string[] names)
    {
        var found = new SortedSet<int>();
        foreach (string part in word.Split(','))
            if (!Take(part, least, most, names, found)) return null;
        return new CronField([.. found], found.Count == most - least + 1);
    }

    private static bool Take(string part, int least, int most, string[] names, SortedSet<int> found)
    {
        if (Part().Match(part) is not { Success: true } match) return false;
        bool isWeekday = names == DayNames;
        int step = match.Groups[3].Success ? int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) : 1, from, to;
        if (match.Groups[1].Value is "*" or "?") (from, to) = (least, most);
        else
        {
            if (Number(match.Groups[1].Value, least, names) is not { } first) return false;
            from = first;
            // Steps from a weekday go on to 7, which is Sunday: 1/2 is Monday, Wednesday, Friday and Sunday.
            if (!match.Groups[2].Success) to = !match.Groups[3].Success ? from : isWeekday ? 7 : most;
            else if (Number(match.Groups[2].Value, least, names) is { } last) to = last;
            else return false;
        }
        // 7 is Sunday, too.
        int end = isWeekday ? 7 : most;
        if (step < 1 || from < least || from > end || to > end) return false;
        if (from > to)
        {
            // Round the end; with steps nobody agrees how.
            if (step != 1) return false;
            for (int at = from; at <= most; at++) found.Add(at);
            from = least;
        }
        for (int at = from; at <= to; at += step) found.Add(isWeekday ? at % 7 : at);
        return true;
    }

    private static int? Number(string word, int least, string[] names) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : Array.IndexOf(names, word) is >= 0 and var at ? at + least : null;

    [GeneratedRegex(@"^(\*|\?|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:/([0-9]{1,4}))?\z")]
    private static partial Regex Part();

    [GeneratedRegex(@"^L(?:-([0-9]{1,2}))?\z")]
    private static partial Regex LastDay();

    [GeneratedRegex(@"^([0-9A-Z]+?)(?:#([1-5])|L)\z")]
    private static partial Regex DayOfMonth();
}
