using OpsModule.Engine.Areas.Logs.Formats;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>What a line leaves out of its time: the day, the year (syslog, klog) and the distance from UTC.</summary>
/// <param name="Now">The present, or for a file when it was last written; a time without a year or a day is the latest such time that is
/// not later.</param>
/// <param name="Offset">The distance from UTC of times that do not say it, where there is no zone.</param>
/// <param name="Zone">The zone of times that do not say it; its distance from UTC is that of the line's own date.</param>
public readonly record struct LogClock(DateTimeOffset Now, TimeSpan Offset, TimeZoneInfo? Zone = null)
{
    private readonly DayOffsets? _days = Zone is null ? null : new DayOffsets(Zone);

    /// <summary>For lines of programs that run on UTC, as containers do.</summary>
    public static LogClock Utc(TimeProvider time) => new(time.GetUtcNow(), TimeSpan.Zero);

    /// <summary>For lines of programs that run in this machine's time zone.</summary>
    public static LogClock Local(TimeProvider time) => Local(time, time.GetUtcNow());

    /// <summary>For a file of this machine's time zone that was last written at a time.</summary>
    /// <param name="time">The clock, which knows the zone.</param>
    /// <param name="written">When the file was written; a later one than the present counts as the present.</param>
    public static LogClock Local(TimeProvider time, DateTimeOffset written)
    {
        DateTimeOffset now = time.GetUtcNow();
        return new(written < now ? written : now, time.LocalTimeZone.GetUtcOffset(now), time.LocalTimeZone);
    }

    /// <summary>The distance from UTC of a time that does not say it.</summary>
    /// <param name="local">Ticks of that time.</param>
    internal TimeSpan OffsetAt(long local) => _days is null ? Offset : _days.At(local);
}
