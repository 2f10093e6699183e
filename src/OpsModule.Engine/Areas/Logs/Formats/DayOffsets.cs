namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>A zone's distance from UTC at local times; that of the day asked for last is kept, because a log's lines are of the same
/// day.</summary>
internal sealed class DayOffsets(TimeZoneInfo zone)
{
    private Day? _last;

    public TimeSpan At(long local)
    {
        long number = local / TimeSpan.TicksPerDay;
        Day? last = _last;
        if (last is null || last.Number != number) _last = last = new Day(number, Whole(number));
        return last.Offset ?? Of(zone, local);
    }

    /// <summary>A zone's distance from UTC; of an hour that comes twice the first is meant, of one that is left out what was
    /// before.</summary>
    public static TimeSpan Of(TimeZoneInfo zone, long local)
    {
        var time = new DateTime(local, DateTimeKind.Unspecified);
        return zone.IsAmbiguousTime(time) ? zone.GetAmbiguousTimeOffsets(time).Max() : zone.GetUtcOffset(time);
    }

    /// <summary>The distance that holds all day; null on a day when clocks are changed.</summary>
    private TimeSpan? Whole(long number)
    {
        long begin = number * TimeSpan.TicksPerDay;
        TimeSpan first = Of(zone, begin), last = Of(zone, begin + TimeSpan.TicksPerDay - 1);
        return first == last && Of(zone, begin + TimeSpan.TicksPerDay / 8) == first ? first : null;
    }

    private sealed record Day(long Number, TimeSpan? Offset);
}
