namespace OpsModule.Engine.Areas.Schedules;

/// <summary>What came of the line of an entry.</summary>
/// <param name="Results">How many objects it gave.</param>
/// <param name="Problems">Its errors and bad results, each in a sentence; empty when all went well.</param>
public sealed record ScheduleLineOutcome(long Results, IReadOnlyList<string> Problems);
