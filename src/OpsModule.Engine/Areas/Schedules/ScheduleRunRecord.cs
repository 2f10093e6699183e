using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>How a run of an entry went. One that did not go well is an error instead.</summary>
public sealed record ScheduleRunRecord : IEnvironmentRecord
{
    /// <summary>The environment that it is of.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The entry's name.</summary>
    public required string Name { get; init; }

    /// <summary>How it went.</summary>
    public required ScheduleRunOutcome Outcome { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How many objects the line gave.</summary>
    public long Results { get; init; }

    /// <summary>Whether the URL of <c>ping:</c> was told; null where there is none.</summary>
    public bool? Pinged { get; init; }

    /// <summary>The change in the journal; null for a run that was skipped.</summary>
    public string? Change { get; init; }

    /// <summary>What came of it, in a sentence.</summary>
    public required string Message { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Message}";
}

/// <summary>How a run of an entry went.</summary>
public enum ScheduleRunOutcome
{
    /// <summary>It ended well.</summary>
    Completed,
    /// <summary>The run before is still under way, so nothing was done.</summary>
    Skipped,
}
