using OpsModule.Engine.Areas.Schedules.Times;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>Times in UTC as a cron writes them that knows nothing but the clock of its own machine.</summary>
internal static class CronShift
{
    /// <summary>How far a zone is from UTC, always; null when that changes within the next years.</summary>
    public static TimeSpan? FixedOffset(TimeZoneInfo zone, DateTimeOffset now)
    {
        TimeSpan offset = zone.GetUtcOffset(now);
        for (int day = 1; day <= 5 * 366; day++)
            if (zone.GetUtcOffset(now.AddDays(day)) != offset) return null;
        return offset;
    }

    /// <summary>The fields as cron writes them.</summary>
    public static string Text(CronFields fields) =>
        $"{fields.Minutes.TextOf(60)} {fields.Hours.TextOf(24)} {fields.Days.Text} {fields.Months.Text} {fields.Weekdays.Text}";

    /// <summary>
    /// The lines that come to the same times on a clock that is so far ahead; several where a part of the times falls on another day or
    /// hour.
    /// </summary>
    /// <returns>Null when cron cannot say it: the day before the first of a month has many numbers.</returns>
    public static IReadOnlyList<string>? Lines(CronFields fields, TimeSpan offset)
    {
        int minutes = (int)offset.TotalMinutes;
        if (minutes == 0) return [Text(fields)];
        var lines = new List<string>();
        bool isEveryDay = fields.Days.IsAll && fields.Months.IsAll && fields.Weekdays.IsAll;
        foreach (IGrouping<int, int> late in fields.Minutes.Values.GroupBy(m => Floor(m + minutes, 60)).OrderBy(g => g.Key))
        {
            CronField at = Field(late.Select(m => Mod(m + minutes, 60)), 60, fields.Minutes.IsAll && minutes % 60 == 0);
            foreach (IGrouping<int,
                int> day in fields.Hours.Values.GroupBy(h => isEveryDay ? 0 : Floor(h + late.Key, 24)).OrderBy(g => g.Key))
            {
                if (day.Key != 0 && !(fields.Days.IsAll && fields.Months.IsAll)) return null;
                CronField hours = Field(day.Select(h => Mod(h + late.Key, 24)), 24, false);
                CronField weekdays = Field(fields.Weekdays.Values.Select(d => Mod(d + day.Key, 7)), 7, fields.Weekdays.IsAll);
                lines.Add(Text(fields with { Minutes = at, Hours = hours, Weekdays = weekdays }));
            }
        }
        return lines;
    }

    private static CronField Field(IEnumerable<int> values, int whole, bool isAll)
    {
        int[] sorted = [.. values.Order()];
        return new CronField(sorted, isAll || sorted.Length == whole);
    }

    private static int Floor(int value, int by) => (int)Math.Floor((double)value / by);

    private static int Mod(int value, int by) => (value % by + by) % by;
}
