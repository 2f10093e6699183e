namespace OpsModule.Engine.Areas.Schedules.Times;

/// <summary>A day that each month reckons anew.</summary>
internal abstract record CronDay
{
    /// <summary><c>L</c>, <c>L-3</c>: so many days before the last.</summary>
    internal sealed record Last(int Before) : CronDay;

    /// <summary><c>15W</c>, <c>LW</c>: the working day that is nearest; what is written says which.</summary>
    internal sealed record Working(string Text) : CronDay;

    /// <summary><c>5L</c>: the last such weekday.</summary>
    internal sealed record LastWeekday(int Weekday) : CronDay;

    /// <summary><c>MON#2</c>: the second such weekday.</summary>
    internal sealed record NthWeekday(int Weekday, int Number) : CronDay;
}
