using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>An entry of the schedule: what runs when, and how it went.</summary>
public sealed record ScheduleRecord : IEnvironmentRecord, IVerdict
{
    bool IVerdict.IsBad() => Status is ScheduleStatus.Unknown or ScheduleStatus.Failed or ScheduleStatus.Overdue;

    /// <summary>The environment that it is of.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The entry's name.</summary>
    public required string Name { get; init; }

    /// <summary>How it is.</summary>
    public required ScheduleStatus Status { get; init; }

    /// <summary>When, as written: five fields of cron, UTC.</summary>
    public required string At { get; init; }

    /// <summary>The line that is run.</summary>
    public required string Run { get; init; }

    /// <summary>When it is to run next, UTC; null when never again.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>When it was to run last, UTC; null when that was never.</summary>
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>When it last ended well, UTC; null when the journal knows of no such run.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>When it last ended badly, UTC; null when the journal knows of no such run.</summary>
    public DateTimeOffset? LastFailure { get; init; }

    /// <summary>Why it last ended badly.</summary>
    public string? LastError { get; init; }

    /// <summary>When the run that is under way began, UTC; null when there is none.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>How long the last good run took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How late a run may end well.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>Since when the entry is known as it stands, UTC; null when that could not be kept.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>True when somebody outside is told of each good run.</summary>
    public bool Pings { get; init; }

    /// <summary>The last run, for Get-OpsChange -Id.</summary>
    public string? Change { get; init; }

    /// <summary>How it is, in a sentence.</summary>
    public required string Message { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Message}";
}
