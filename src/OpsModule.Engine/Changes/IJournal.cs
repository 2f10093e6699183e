using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Changes;

/// <summary>One change in the journal, from its beginning on. Not thread-safe.</summary>
/// <remarks>
/// Disposing a change that was neither completed nor failed leaves it unfinished in the journal, as a kill would: the next run on
/// the same target finds it and offers to resume or undo it.
/// </remarks>
public interface IJournaledChange : IAsyncDisposable
{
    /// <summary>Identifies the change: <c>20261121T031600Z-1f3a</c>.</summary>
    string Id { get; }

    /// <summary>Records that a named step begins or was reached; durable on return.</summary>
    /// <param name="name">The step, in kebab-case, for example <c>staged</c>.</param>
    /// <param name="data">What resuming or undoing needs. Never a secret.</param>
    Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null);

    /// <summary>Records the good end.</summary>
    Task CompleteAsync(string summary, IReadOnlyDictionary<string, string>? data = null);

    /// <summary>The error id of a run that was stopped.</summary>
    const string Cancelled = "Cancelled";

    /// <summary>Records that the change is to be gone on with later, and lets go of it.</summary>
    /// <param name="until">From when on, UTC.</param>
    /// <param name="message">What it waits for, in a sentence.</param>
    Task WaitAsync(DateTimeOffset until, string message);

    /// <summary>
    /// Records the bad end; what had been changed is undone or named in the message. With <see cref="Cancelled"/> the outcome is
    /// cancelled, and whoever stopped the run is told the message.
    /// </summary>
    Task FailAsync(string errorId, string message);
}

/// <summary>Writes changes to the journal and reads them back.</summary>
public interface IJournal
{
    /// <summary>Begins a change; when this cannot be written the change must not be made.</summary>
    /// <param name="action">The cmdlet's name, for example <c>Restore-OpsDatabase</c>.</param>
    /// <param name="target">What is changed, for example <c>database/main/tenant/demo</c>.</param>
    /// <param name="data">What was asked for. Never a secret.</param>
    /// <exception cref="OpsException"><c>JournalUnwritable</c>.</exception>
    Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null);

    /// <summary>Goes on with a change that was left unfinished, to complete it or to record how it was undone (, clean-up).</summary>
    Task<IJournaledChange> ContinueAsync(UnfinishedChange change);

    /// <summary>The change of this id; null when the journal holds none.</summary>
    JournalEntry? Find(string id);

    /// <summary>The changes that a change is made of, in the order in which they began.</summary>
    IReadOnlyList<JournalEntry> FindParts(string parent);

    /// <summary>The change that took this one back; null when none has.</summary>
    JournalEntry? FindUndo(string id);

    /// <summary>The changes that took these back, by what they took back.</summary>
    IReadOnlyDictionary<string, JournalEntry> FindUndos(IReadOnlyCollection<string> ids) =>
        ids.Select(id => (Id: id, Undo: FindUndo(id))).Where(u => u.Undo is not null).ToDictionary(u => u.Id, u => u.Undo!);

    /// <summary>Changes that began and never ended, oldest first; of one target when it is given.</summary>
    IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null);
}

/// <summary>A change that began and has no end in the journal.</summary>
/// <param name="Id">The change.</param>
/// <param name="Action">The cmdlet that made it.</param>
/// <param name="Target">What it changes.</param>
/// <param name="StartedAt">When it began, UTC.</param>
/// <param name="LastStep">The last step it reached, or null.</param>
/// <param name="Data">All data of the beginning and its steps; later values win.</param>
public sealed record UnfinishedChange(string Id, string Action, string Target, DateTimeOffset StartedAt, string? LastStep,
    IReadOnlyDictionary<string, string> Data)
{
    /// <summary>True for a part of another change.</summary>
    internal bool IsPart => Data.ContainsKey(PlanTrace.Parent);

    internal static UnfinishedChange Of(JournalEntry entry) => new(entry.Id, entry.Action, entry.Target, entry.StartedAt, entry.LastStep, entry.Data);
}

/// <summary>One lock for each target stops two runs from racing. A lock dies with its process.</summary>
public interface ILockProvider
{
    /// <summary>Takes the lock at once or fails.</summary>
    /// <exception cref="OpsException"><c>TargetLocked</c>, naming who holds it (user, host, process id, cmdlet, since when).</exception>
    IDisposable Acquire(string target, string action);

    /// <summary>
    /// The same for a run that only reads its target, such as a backup: nobody changes the target meanwhile, and nobody else reads it so; parts of it
    /// may be changed.
    /// </summary>
    /// <exception cref="OpsException"><c>TargetLocked</c>.</exception>
    IDisposable AcquireForReading(string target, string action);
}
