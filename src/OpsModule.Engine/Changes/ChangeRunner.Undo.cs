using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Changes;

/// <summary>How changes are taken back.</summary>
public sealed partial class ChangeRunner
{
    /// <summary>
    /// Takes a change back: one that was killed or waits, one that has ended well, or one that has failed and left something.
    /// </summary>
    /// <exception cref="OpsException"><c>ChangeNotUndoable</c> and as <see cref="RunAsync"/>.</exception>
    public async Task<ChangeResult> UndoAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        if (UnplannedChange.Of(entry) is { } unplanned) return await unplanned.UndoAsync(context, entry,
            cancellationToken).ConfigureAwait(false);
        ChangePlan? plan = PlanOf(entry);
        using IDisposable? locks = plan is null ? null : HoldAll(plan);
        return await TakeBackAsync(plan, entry, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether something of a change has been taken back: what was made counts no more.</summary>
    private bool IsTakenBack(JournalEntry entry)
    {
        if (entry.Steps.Any(s => s.Name.StartsWith(UndoPrefix, StringComparison.Ordinal))) return true;
        IReadOnlyList<JournalEntry> parts = context.Journal.FindParts(entry.Id);
        return parts.Any(p => p.Outcome is JournalOutcome.Failed or JournalOutcome.Cancelled || IsTakenBack(p))
            || context.Journal.FindUndos([.. parts.Select(p => p.Id)]).Count > 0;
    }

    /// <summary>Takes back one part of a change of parts, under the locks of the whole.</summary>
    internal Task UndoPartAsync(JournalEntry part, CancellationToken cancellationToken) => TakeBackAsync(PlanOf(part), part, cancellationToken);

    /// <summary>Takes a change back, under its locks.</summary>
    private async Task<ChangeResult> TakeBackAsync(ChangePlan? plan, JournalEntry entry, CancellationToken cancellationToken)
    {
        if (plan is null) return await CloseAsync(entry).ConfigureAwait(false);
        bool ended = HasEnded(entry);
        using IDisposable? around = KindOf(plan).Surround(context, plan);
        IJournaledChange journal = ended
            ? await context.Journal.BeginAsync("Undo-OpsChange", entry.Target, new Dictionary<string, string> { [PlanTrace.Undoes] = entry.Id }).ConfigureAwait(false)
            : await ContinueAsync(entry).ConfigureAwait(false);
        await using var _ = journal.ConfigureAwait(false);
        ChangeResult undone;
        try
        {
            undone = plan.Parts.Count > 0
                ? await new CompositeChange(context, this, plan).UndoAsync(entry.Id, cancellationToken).ConfigureAwait(false)
                : await KindOf(plan).UndoAsync(RunOf(plan, journal, entry, UndoPrefix), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A change that was under way stays unfinished, and can be taken back again.
            if (ended) await journal.FailAsync(e, "UndoFailed", $"Undo-OpsChange of {entry.Id} was stopped; run it again.").ConfigureAwait(false);
            throw;
        }
        if (ended) await journal.CompleteAsync(undone.Summary).ConfigureAwait(false);
        else await journal.FailAsync(Undone, undone.Summary).ConfigureAwait(false);
        _folder.Forget(entry.Id);
        return undone with { Change = journal.Id };
    }

    /// <summary>The plan of a change that is to be taken back; null when it has done nothing.</summary>
    private ChangePlan? PlanOf(JournalEntry entry)
    {
        CheckUndoable(entry);
        return HasEnded(entry) ? Ended(entry) : UnderWay(entry);
    }

    /// <summary>Refuses to take back a change that has failed, or was stopped, and has left nothing.</summary>
    /// <exception cref="OpsException"><c>ChangeNotUndoable</c>.</exception>
    public void CheckUndoable(JournalEntry entry)
    {
        if (entry.Outcome is not (JournalOutcome.Failed or JournalOutcome.Cancelled) || HasLeft(entry)) return;
        throw ChangeErrors.ChangeNotUndoable.Make($"The change {entry.Id} ({entry.Action} of {entry.Target}) has {(entry.Outcome is JournalOutcome.Failed ? "failed"
            : "been stopped")}: what it had changed was undone, or its message names it.", "Read its message: Get-OpsChange.", entry.Id);
    }

    private static bool HasEnded(JournalEntry entry) => entry.Outcome is JournalOutcome.Completed or JournalOutcome.Failed or JournalOutcome.Cancelled;

    /// <summary>Whether a change that has failed, or was stopped, has left something that can still be taken back.</summary>
    internal bool HasLeft(JournalEntry entry)
    {
        if (entry.Outcome is not (JournalOutcome.Failed or JournalOutcome.Cancelled) || entry.ErrorId == Undone
            || context.Journal.FindUndo(entry.Id) is not null) return false;
        if (_kinds.Any(k => k.Name == entry.Kind && k.UndoesFailed)) return entry.Steps.Count > 0;
        IReadOnlyList<JournalEntry> parts = context.Journal.FindParts(entry.Id);
        IReadOnlyDictionary<string, JournalEntry> undone = context.Journal.FindUndos([.. parts.Select(p => p.Id)]);
        return parts.Any(p => p.Outcome is JournalOutcome.Completed ? !undone.ContainsKey(p.Id) : HasLeft(p));
    }

    /// <summary>Ends a change that did nothing.</summary>
    private async Task<ChangeResult> CloseAsync(JournalEntry entry)
    {
        const string Nothing = "It was killed before its first step; nothing had been done";
        IJournaledChange journal = await ContinueAsync(entry).ConfigureAwait(false);
        await using (journal.ConfigureAwait(false)) await journal.FailAsync(Undone, Nothing).ConfigureAwait(false);
        return new ChangeResult(Nothing) { Change = entry.Id };
    }

    private ChangePlan Ended(JournalEntry entry)
    {
        ChangePlan plan = PlanTrace.Read(entry, context.Environment.Name)
            ?? throw ChangeErrors.ChangeNotUndoable.Make($"The change {entry.Id} was made by {entry.Action} without a plan.", "Use the cmdlet of its area, such as Undo-OpsRestore.", entry.Id);
        if (context.Journal.FindUndo(entry.Id) is { } undo) throw ChangeErrors.ChangeNotUndoable.Make($"The change {entry.Id} was taken back already, by {undo.Id}.", "Get-OpsChange shows both.", entry.Id);
        IReadOnlyList<JournalEntry> parts = context.Journal.FindParts(entry.Id);
        plan = plan with { Parts = [.. parts.Select(p => PlanTrace.Read(p, context.Environment.Name)!)] };
        Check(plan);
        return plan;
    }
}
