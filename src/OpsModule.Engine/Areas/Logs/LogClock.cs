namespace OpsModule.Engine.Areas.Logs;

/// <summary>What a line leaves out of its time: the year (syslog, klog) and the distance from UTC.</summary>
/// <param name="Now">The present; a time without a year is the latest such time that is not in the future.</param>
/// <param name="Offset">The distance from UTC of times that do not say it.</param>
public readonly record struct LogClock(DateTimeOffset Now, TimeSpan Offset)
{
    /// <summary>For lines of programs that run on UTC, as containers do.</summary>
    public static LogClock Utc(TimeProvider time) => new(time.GetUtcNow(), TimeSpan.Zero);

    /// <summary>For lines of programs that run in this machine's time zone.</summary>
    public static LogClock Local(TimeProvider time) => new(time.GetUtcNow(), time.LocalTimeZone.GetUtcOffset(time.GetUtcNow()));
}
