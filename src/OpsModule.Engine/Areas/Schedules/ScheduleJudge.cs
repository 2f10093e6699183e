using System.Globalization;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>Says how an entry is, from when it should have run and what the journal tells.</summary>
internal static class ScheduleJudge
{
    private static readonly TimeSpan LeastGrace = TimeSpan.FromMinutes(5), MostGrace = TimeSpan.FromHours(1);

    /// <summary>A run that began so shortly before its time is the one of that time: not all clocks and schedulers are exact.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    /// <summary>How late a run may end well.</summary>
    public static TimeSpan GraceOf(ScheduleEntry entry, DateTimeOffset now)
    {
        if (entry.Grace is { } said) return said;
        TimeSpan shortest = TimeSpan.MaxValue;
        // So many that the pause of a night or a weekend is not all that is seen.
        DateTimeOffset? from = entry.Cron.Next(now);
        for (int seen = 0; seen < 10 && from is { } at && entry.Cron.Next(at) is { } to; seen++, from = to)
            if (to - at < shortest) shortest = to - at;
        TimeSpan quarter = shortest / 4;
        return quarter < LeastGrace ? LeastGrace : quarter > MostGrace ? MostGrace : quarter;
    }

    /// <summary>Judges one entry.</summary>
    /// <param name="environment">The environment's name.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="history">Its runs.</param>
    /// <param name="remembered">Since when it is remembered as it stands; null when it is not.</param>
    /// <param name="now">The time.</param>
    public static ScheduleRecord Judge(string environment, ScheduleEntry entry, ScheduleHistory history, DateTimeOffset? remembered,
        DateTimeOffset now)
    {
        TimeSpan grace = GraceOf(entry, now);
        DateTimeOffset? success = history.Success is { } good ? ScheduleHistory.EndOf(good) : null;
        DateTimeOffset? failure = history.Failure is { } bad ? ScheduleHistory.EndOf(bad) : null;
        DateTimeOffset? since = Earliest(remembered, history.FirstWithSameTimes);
        // What must be done by now: the last time whose grace is over, if the entry stood as it stands then.
        DateTimeOffset? owed = entry.Cron.Previous(now - grace);
        if (since is null || owed < since) owed = null;
        ScheduleStatus status = StatusOf(history, owed, success, since, grace, now);
        var record = new ScheduleRecord
        {
            Environment = environment, Name = entry.Name, Status = status, At = entry.At, Run = entry.Run, Next = entry.Cron.Next(now),
                LastDue = entry.Cron.Previous(now),
            LastSuccess = success, LastFailure = failure, LastError = history.Failure is { } f ? Why(f)
                : null, RunningSince = history.Running?.StartedAt,
            Duration = history.Success?.Duration, Grace = grace, Since = since, Pings = entry.Ping is not null,
                Change = history.Last?.Id, Message = "",
        };
        return record with { Message = Words(record, owed) };
    }

    private static ScheduleStatus StatusOf(ScheduleHistory history, DateTimeOffset? owed, DateTimeOffset? success, DateTimeOffset? since,
        TimeSpan grace, DateTimeOffset now)
    {
        bool isDone = owed is null || success >= owed;
        if (history.Running is { } running && (isDone
            || (running.StartedAt >= owed - Early && !Hangs(running, history.Success, grace, now)))) return ScheduleStatus.Running;
        if (!isDone) return ScheduleStatus.Overdue;
        if (history.Failure is { } bad
            && (history.Success is null || bad.Sequence > history.Success.Sequence)) return ScheduleStatus.Failed;
        if (since is null) return ScheduleStatus.Unknown;
        return history.Success is not null ? ScheduleStatus.OnTime : ScheduleStatus.Waiting;
    }

    /// <summary>Whether a run takes longer than it may: its time of grace, or twice as long as the last good one took.</summary>
    private static bool Hangs(JournalEntry running, JournalEntry? success, TimeSpan grace, DateTimeOffset now)
    {
        TimeSpan usual = success is null ? TimeSpan.Zero : success.Duration * 2;
        return now - running.StartedAt > (usual > grace ? usual : grace);
    }

    private static string Words(ScheduleRecord record, DateTimeOffset? owed)
    {
        string well = record.LastSuccess is { } success ? $"the last run that ended well was at {Time(success)}"
            : "no run has ended well yet";
        string next = record.Next is { } at ? $"; the next is at {Time(at)}" : "; there is no next one";
        bool failedSince = record.LastFailure is { } bad && !(record.LastSuccess > bad);
        string failed = failedSince ? $" It failed at {Time(record.LastFailure!.Value)}: {record.LastError!.TrimEnd('.')}." : "";
        return record.Status switch
        {
            ScheduleStatus.OnTime => $"The last run ended well at {Time(record.LastSuccess!.Value)}{next}.",
            ScheduleStatus.Waiting => $"No run was due since it was first seen at {Time(record.Since!.Value)}{next}.",
            ScheduleStatus.Running => $"A run is under way since {Time(record.RunningSince!.Value)}; {well}.{failed}",
            ScheduleStatus.Failed => $"The last run did not end well, at {Time(record.LastFailure!.Value)}: "
                + $"{record.LastError!.TrimEnd('.')}{next}.",
            ScheduleStatus.Overdue => $"It was to run at {Time(owed!.Value)}, with {DurationText.Show(record.Grace)} of grace, and {well}."
                + (record.RunningSince is { } stuck ? $" A run of {Time(stuck)} is still under way." : failed.Length > 0 ? failed
                    : " Nothing has started it since, or nothing could."),
            _ => $"Since when it stands is not known, because nothing can be kept in the state folder, and {well}{next}.",
        };
    }

    private static string Why(JournalEntry run) => run.Outcome switch
    {
        JournalOutcome.Unfinished => "it was killed" + (run.LastStep is { } step ? $" after '{step}'" : ""),
        JournalOutcome.Cancelled => "it was stopped",
        _ => run.Message ?? run.ErrorId ?? "nothing was noted",
    };

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null ? other : other is null
        || one < other ? one : other;

    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
