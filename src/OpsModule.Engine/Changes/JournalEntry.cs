using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Changes;

/// <summary>How a change ended.</summary>
public enum JournalOutcome
{
    /// <summary>Its process works on it now.</summary>
    Running,
    /// <summary>It ended well.</summary>
    Completed,
    /// <summary>It ended badly; what had been changed was undone, or the message names it.</summary>
    Failed,
    /// <summary>It was stopped (Ctrl+C, SIGTERM); what had been changed was undone, or the message names it.</summary>
    Cancelled,
    /// <summary>It began, has no end, and no process works on it: it was killed or interrupted.</summary>
    Unfinished,
    /// <summary>It has done what it could, and is to be gone on with when it is due.</summary>
    Waiting,
}

/// <summary>One step of a change.</summary>
/// <param name="Name">The step.</param>
/// <param name="Time">When it was reached, UTC.</param>
/// <param name="Data">What was noted with it.</param>
public sealed record JournalStep(string Name, DateTimeOffset Time, IReadOnlyDictionary<string, string> Data)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One change: who did what to which target, its steps, and how it ended.</summary>
public sealed record JournalEntry : IEnvironmentRecord, IVerdict
{
    bool IVerdict.IsBad() => Outcome is JournalOutcome.Failed or JournalOutcome.Unfinished;

    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>Identifies the change.</summary>
    public required string Id { get; init; }

    /// <summary>The cmdlet that made it.</summary>
    public required string Action { get; init; }

    /// <summary>What was changed.</summary>
    public required string Target { get; init; }

    /// <summary>How it ended.</summary>
    public JournalOutcome Outcome { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>From the first line to the last; never negative, even when the clock was set back meanwhile.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>When a change that waits is to be gone on with, UTC; null for others.</summary>
    public DateTimeOffset? Due => Outcome is JournalOutcome.Waiting && Data.TryGetValue(DueKey, out string? text)
        && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out DateTimeOffset due) ? due : null;

    internal const string DueKey = "due";

    /// <summary>The kind of change, where it was made by a plan; null for others.</summary>
    public string? Kind => Data.GetValueOrDefault(PlanTrace.Kind);

    /// <summary>The change that it is a part of; null for one that stands alone.</summary>
    public string? Parent => Data.GetValueOrDefault(PlanTrace.Parent);

    /// <summary>The summary, or the error.</summary>
    public string? Message { get; init; }

    /// <summary>The error's id, when it failed or was cancelled.</summary>
    public string? ErrorId { get; init; }

    /// <summary>The last step it reached.</summary>
    public string? LastStep => Steps.Count == 0 ? null : Steps[^1].Name;

    /// <summary>Its steps in order.</summary>
    public IReadOnlyList<JournalStep> Steps { get; init => field = PlainList.Of(value); } = [];

    /// <summary>All data of the beginning, the steps and the end; later values win.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();

    /// <summary>Who made it.</summary>
    public required string User { get; init; }

    /// <summary>The host it was made on.</summary>
    public required string Host { get; init; }

    /// <summary>The process that made it; the last one, when a later run went on with it.</summary>
    public int ProcessId { get; init; }

    /// <summary>Number of its first line in the journal.</summary>
    public long Sequence { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Id;

    internal static JournalEntry Of(IReadOnlyList<JournalLine> lines, Func<string, bool> isRunning)
    {
        JournalLine first = lines[0], last = lines[^1];
        JournalLine? end = lines.LastOrDefault(l => l.Event is JournalEvent.Completed or JournalEvent.Failed or JournalEvent.Cancelled);
        var data = new Dictionary<string, string>();
        foreach (JournalLine line in lines)
            foreach ((string key, string value) in line.Data) data[key] = value;
        TimeSpan duration = last.Time - first.Time;
        return new JournalEntry
        {
            Id = first.Change,
            Action = first.Action,
            Target = first.Target,
            Outcome = end?.Event switch
            {
                JournalEvent.Completed => JournalOutcome.Completed,
                JournalEvent.Failed => JournalOutcome.Failed,
                JournalEvent.Cancelled => JournalOutcome.Cancelled,
                _ when last.Event is JournalEvent.Waiting => JournalOutcome.Waiting,
                _ => isRunning(first.Change) ? JournalOutcome.Running : JournalOutcome.Unfinished,
            },
            StartedAt = first.Time,
            Duration = duration < TimeSpan.Zero ? TimeSpan.Zero : duration,
            Message = end?.Message ?? (last.Event is JournalEvent.Waiting ? last.Message : null),
            ErrorId = end?.ErrorId,
            Steps = [.. lines.Where(l => l.Event is JournalEvent.Step).Select(l => new JournalStep(l.Step ?? "", l.Time, l.Data))],
            Data = data,
            User = first.Actor.User,
            Host = last.Actor.Host,
            ProcessId = last.Actor.ProcessId,
            Sequence = first.Sequence,
        };
    }
}

/// <summary>Which changes to read from the journal.</summary>
public sealed record JournalQuery
{
    /// <summary>Ids, with wildcards; null for all.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Targets, with wildcards; null for all.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Names of cmdlets, with wildcards; null for all.</summary>
    public IReadOnlyList<string>? Actions { get; init; }

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only the last so many of those that match.</summary>
    public int? Last { get; init; }

    /// <summary>Only those that began and have no end, and that no process works on.</summary>
    public bool Unfinished { get; init; }

    /// <summary>Only those that wait.</summary>
    public bool Waiting { get; init; }

    internal bool Matches(JournalEntry entry) =>
        (After is null || entry.StartedAt >= After)
        && (Before is null || entry.StartedAt < Before)
        && (!(Unfinished || Waiting) || (Unfinished && entry.Outcome is JournalOutcome.Unfinished)
            || (Waiting && entry.Outcome is JournalOutcome.Waiting));
}
