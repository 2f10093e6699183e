using Cronos;
using OpsModule.Engine.Areas.Schedules.Times;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>What is taken for times, what is refused, and that the fields that other systems are told are those that the library reckons with.</summary>
public sealed class CronScheduleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0 2 * * *", "2026-11-29T02:00", "2026-11-28T02:00")]
    [InlineData("*/15 * * * *", "2026-11-28T12:15", "2026-11-28T12:00")]
    [InlineData("0 3 L * *", "2026-11-30T03:00", "2026-10-31T03:00")]
    [InlineData("0 3 * * SUN#1", "2026-12-06T03:00", "2026-11-01T03:00")]
    [InlineData("30 4 29 2 *", "2028-02-29T04:30", "2024-02-29T04:30")]
    [InlineData("@weekly", "2026-11-29T00:00", "2026-11-22T00:00")]
    public void Times_are_reckoned_in_utc(string text, string next, string previous)
    {
        CronSchedule cron = CronSchedule.Parse(text, out string? problem)!;
        Assert.Null(problem);
        Assert.Equal(next, $"{cron.Next(Noon):yyyy-MM-ddTHH:mm}");
        Assert.Equal(previous, $"{cron.Previous(Noon):yyyy-MM-ddTHH:mm}");
    }

    [Theory]
    [InlineData("0 0 30 2 *", "never comes to pass")]
    [InlineData("0 0 31 4,6 *", "never comes to pass")]
    [InlineData("0 2 1 * MON", "'and' and others by 'or'")]
    [InlineData("0 2 1-30 * 1-5", "'and' and others by 'or'")]
    [InlineData("0 2 L * FRI", "'and' and others by 'or'")]
    [InlineData("0 2 */2 * 1-5", "'and' and others by 'or'")]
    [InlineData("0 0 2 * * *", "six fields")]
    [InlineData("0 2 * *", "4 fields")]
    [InlineData("nightly", "1 field")]
    [InlineData("@every_second", "a minute is the least step")]
    [InlineData("H 2 * * *", "H stands for a time")]
    [InlineData("0 H(0-7) * * *", "H stands for a time")]
    [InlineData("61 2 * * *", "")]
    [InlineData("0 2 * * FUNDAY", "")]
    [InlineData("TZ=UTC 0 2 * * *", "six fields")]
    public void What_nobody_should_rely_on_is_refused(string text, string said)
    {
        Assert.Null(CronSchedule.Parse(text, out string? problem));
        Assert.NotNull(problem);
        Assert.Contains(said, problem);
    }

    [Fact]
    public void Days_that_leave_none_out_restrict_nothing() => Assert.NotNull(CronSchedule.Parse("0 2 1-31 * MON", out _));

    /// <summary>The library does not show its fields; what this reader makes of the text must come to the same minutes.</summary>
    [Fact]
    public void The_fields_come_to_the_same_times_as_the_library() => Proof.ForEach(3000, 300, (random, _) =>
    {
        string text = $"{Field(random, 0, 59)} {Field(random, 0, 23)} {Field(random, 1, 31)} {Field(random, 1, 12)} {Field(random, 0, 6)}";
        CronFields? fields = CronFields.Parse(text);
        Assert.True(fields is not null, text);
        CronExpression library = CronExpression.Parse(text);
        DateTime from = new(2026, random.Next(1, 12), random.Next(1, 28), 0, 0, 0, DateTimeKind.Utc), to = from.AddDays(3);
        DateTime[] expected = [.. library.GetOccurrences(from, to)];
        DateTime[] found = [.. Minutes(from, to).Where(t => fields.Minutes.Values.Contains(t.Minute) && fields.Hours.Values.Contains(t.Hour) && fields.Days.Values.Contains(t.Day)
            && fields.Months.Values.Contains(t.Month) && fields.Weekdays.Values.Contains((int)t.DayOfWeek))];
        Assert.True(expected.SequenceEqual(found), $"{text}: {string.Join(", ", found.Except(expected).Concat(expected.Except(found)).Take(3))}");
    });

    [Theory]
    [InlineData("1/2", new[] { 0, 1, 3, 5 })]
    [InlineData("MON/3", new[] { 0, 1, 4 })]
    [InlineData("6/1", new[] { 0, 6 })]
    [InlineData("*/2", new[] { 0, 2, 4, 6 })]
    public void Steps_from_a_weekday_go_on_to_the_sunday_at_the_end(string field, int[] days) =>
        Assert.Equal(days, CronFields.Parse("0 2 * * " + field)!.Weekdays.Values);

    [Theory]
    [InlineData("L", "* * L * *")]
    [InlineData("L-3", "* * L-3 * *")]
    [InlineData("W", "* * 15W * *")]
    [InlineData("last", "* * * * 5L")]
    [InlineData("nth", "* * * * MON#2")]
    public void Days_that_are_reckoned_are_known(string kind, string text)
    {
        CronFields fields = CronFields.Parse(text)!;
        CronDay day = (fields.Days.Day ?? fields.Weekdays.Day)!;
        Assert.Equal(kind switch { "L" => new CronDay.Last(0), "L-3" => new CronDay.Last(3), "W" => new CronDay.Working("15W"), "last" => new CronDay.LastWeekday(5), _ => new CronDay.NthWeekday(1, 2) }, day);
    }

    private static IEnumerable<DateTime> Minutes(DateTime from, DateTime to)
    {
        for (DateTime at = from; at < to; at = at.AddMinutes(1)) yield return at;
    }

    private static string Field(Random random, int least, int most)
    {
        int a = random.Next(least, most + 1), b = random.Next(least, most + 1), step = random.Next(1, 6);
        return random.Next(8) switch
        {
            0 or 1 => "*",
            2 => $"*/{step}",
            3 => $"{a}",
            4 => $"{Math.Min(a, b)}-{Math.Max(a, b)}",
            5 => $"{Math.Min(a, b)}-{Math.Max(a, b)}/{step},{random.Next(least, most + 1)}",
            6 => $"{a}/{step}",
            _ => $"{Math.Max(a, b)}-{Math.Min(a, b)}",
        };
    }
}
