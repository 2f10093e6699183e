using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Schedules.Times;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>One entry of <c>schedule:</c>: what is to run, and when.</summary>
public sealed record ScheduleEntry
{
    /// <summary>The entry's name.</summary>
    public required string Name { get; init; }

    /// <summary>When, as written: five fields of cron, UTC.</summary>
    public required string At { get; init; }

    /// <summary>The line of PowerShell that is run.</summary>
    public required string Run { get; init; }

    /// <summary>The URL that is asked after each run that went well; null for none.</summary>
    public SecretReference? Ping { get; init; }

    /// <summary>How late a run may be before it is overdue; null for what the shortest time between two says.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>When, to reckon with.</summary>
    internal CronSchedule Cron => field ??= CronSchedule.Parse(At, out string? problem)
        ?? throw new InvalidOperationException($"{At} was to have been looked at: {problem}");

    /// <summary>What the journal and the locks call it.</summary>
    internal string Target => TargetOf(Name);

    internal static string TargetOf(string name) => TargetPrefix + name;

    internal const string TargetPrefix = "schedule/";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({At})";
}
