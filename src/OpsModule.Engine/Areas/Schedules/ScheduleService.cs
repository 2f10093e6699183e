using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>The entries of an environment's schedule, and how they are.</summary>
public sealed class ScheduleService(OpsContext context)
{
    private IReadOnlyDictionary<string, ScheduleEntry> Entries => context.Environment.Section<ScheduleSettings>().Entries;

    /// <summary>The entries that are meant, in the order of the file, or in that of the names.</summary>
    /// <param name="names">Which, with wildcards; null for all.</param>
    /// <param name="fail">Told of each name that means nothing.</param>
    public IReadOnlyList<ScheduleEntry> Choose(IReadOnlyList<string>? names, Action<OpsException> fail) =>
        names is null ? [.. Entries.Values]
        : [.. NamePattern.ChooseAll(names, [.. Entries.Keys], "entry of the schedule", Unknown, fail).Select(n => Entries[n])];

    /// <summary>How these are.</summary>
    public IReadOnlyList<ScheduleRecord> List(IReadOnlyList<ScheduleEntry> entries) => List(entries, toTheLastFailure: true);

    internal IReadOnlyList<ScheduleRecord> List(IReadOnlyList<ScheduleEntry> entries, bool toTheLastFailure)
    {
        IReadOnlyDictionary<string, ScheduleHistory> histories = ScheduleHistory.Read(context, entries, toTheLastFailure);
        IReadOnlyDictionary<string, DateTimeOffset> since = new ScheduleMemory(context).Since(entries);
        DateTimeOffset now = context.Time.GetUtcNow();
        return [.. entries.Select(e =>
            ScheduleJudge.Judge(context.Environment.Name, e, histories[e.Name], since.TryGetValue(e.Name, out DateTimeOffset first)
                ? first : null, now))];
    }

    private OpsException Unknown(string name) => ScheduleErrors.ScheduleUnknown.Make(
        $"The environment {context.Environment.Name} has no entry {name} in its schedule"
            + (NearestName.Of(name, Entries.Keys) is { } near ? $". Did you mean {near}?" : Entries.Count == 0
                ? ", and no other." : $"; it has: {string.Join(", ", Entries.Keys)}."),
        "Name one of them, or add it under schedule: in the environment file.", name);
}
