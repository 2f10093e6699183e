namespace OpsModule.Engine.Areas.Schedules;

/// <summary>The section <c>schedule:</c>.</summary>
public sealed record ScheduleSettings
{
    /// <summary>The entries by name, in the file's order.</summary>
    public IReadOnlyDictionary<string, ScheduleEntry> Entries { get; init; } = new Dictionary<string, ScheduleEntry>();
}
