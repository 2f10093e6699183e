using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Changes;

/// <summary>
/// Goes on with, and takes back, changes that a cmdlet has made without a plan: those of earlier versions, and of areas whose changes find
/// by
/// themselves how far they came.
/// </summary>
public abstract class UnplannedChange
{
    /// <summary>All that there are. The areas add theirs.</summary>
    public static IReadOnlyList<UnplannedChange> Registered { get; internal set; } = [];

    /// <summary>The cmdlets whose changes it knows.</summary>
    public abstract IReadOnlyList<string> Actions { get; }

    /// <summary>Goes on with a change that has no end. It takes the locks that it needs.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ChangeNotResumable</c> unless it can.</exception>
    public virtual Task<ChangeResult> ResumeAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken) =>
        throw ChangeErrors.ChangeNotResumable.Make(
        $"The change {entry.Id} was made by {entry.Action} without a plan.",
            $"Run {entry.Action} again; it finds what is left. Undo-OpsChange {entry.Id} clears it away.", entry.Id);

    /// <summary>Takes a change back, one without an end or one that has ended well. It takes the locks that it needs.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ChangeNotUndoable</c> unless it can.</exception>
    public virtual Task<ChangeResult> UndoAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken) =>
        throw ChangeErrors.ChangeNotUndoable.Make(
        $"The change {entry.Id} ({entry.Action} of {entry.Target}) cannot be taken back: it was made without a plan.",
            "Look at what is there now, and make the change that you want.", entry.Id);

    /// <summary>The one that knows a change; null for one that was planned, or that nothing knows.</summary>
    internal static UnplannedChange? Of(JournalEntry entry) => entry.Kind is null ? Registered.FirstOrDefault(u =>
        u.Actions.Contains(entry.Action)) : null;
}
