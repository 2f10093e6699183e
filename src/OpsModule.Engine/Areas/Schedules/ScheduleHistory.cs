using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>What the journal tells of the runs of one entry.</summary>
internal sealed class ScheduleHistory
{
    /// <summary>The cmdlet whose changes are the runs.</summary>
    public const string Action = "Invoke-OpsSchedule";

    /// <summary>Under which name the journal keeps what <c>at</c> was.</summary>
    public const string At = "at";

    /// <summary>A run from later than that comes of a clock that was wrong, and would be the last one for ever.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromHours(1);

    /// <summary>The last run; null when there is none.</summary>
    public JournalEntry? Last { get; private set; }

    /// <summary>The last one that ended well.</summary>
    public JournalEntry? Success { get; private set; }

    /// <summary>The last one that ended badly, was stopped or was killed.</summary>
    public JournalEntry? Failure { get; private set; }

    /// <summary>The one that is under way.</summary>
    public JournalEntry? Running { get; private set; }

    /// <summary>When the first of the runs that were seen began that had the same times.</summary>
    public DateTimeOffset? FirstWithSameTimes { get; private set; }

    /// <summary>When a run ended.</summary>
    public static DateTimeOffset EndOf(JournalEntry run) => run.StartedAt + run.Duration;

    /// <summary>Reads the runs of these entries, the newest first.</summary>
    /// <param name="context">The environment.</param>
    /// <param name="entries">Whose.</param>
    /// <param name="toTheLastFailure">Back to the last bad one of each, too; else no further than to the last good one.</param>
    public static IReadOnlyDictionary<string,
        ScheduleHistory> Read(OpsContext context, IReadOnlyCollection<ScheduleEntry> entries, bool toTheLastFailure)
    {
        Dictionary<string, (ScheduleEntry Entry, ScheduleHistory History)> all =
            entries.ToDictionary(e => e.Target, e => (e, new ScheduleHistory()),
            StringComparer.OrdinalIgnoreCase);
        DateTimeOffset latest = context.Time.GetUtcNow() + Skew;
        bool IsEnough() => all.Values.All(one => one.History.Success is not null && (one.History.Failure is not null || !toTheLastFailure));
        if (all.Count > 0)
        {
            new Journal(context.Environment, context.Time).ReadBackwards(Action, run =>
            {
                if (run.StartedAt <= latest
                    && all.TryGetValue(run.Target, out (ScheduleEntry Entry, ScheduleHistory History) one)) one.History.Take(run,
                        one.Entry);
                return !IsEnough();
            });
        }
        return all.Values.ToDictionary(one => one.Entry.Name, one => one.History, StringComparer.OrdinalIgnoreCase);
    }

    private void Take(JournalEntry run, ScheduleEntry entry)
    {
        Last ??= run;
        switch (run.Outcome)
        {
            case JournalOutcome.Completed: Success ??= run; break;
            case JournalOutcome.Running: Running ??= run; break;
            default: Failure ??= run; break;
        }
        if (run.Data.GetValueOrDefault(At) == entry.At
            && (FirstWithSameTimes is null || run.StartedAt < FirstWithSameTimes)) FirstWithSameTimes = run.StartedAt;
    }
}
