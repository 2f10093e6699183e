using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Changes;

/// <summary>
/// A change made of changes: they are made in their order, and when one fails, those before it are taken back, the last one first. One that
/// waits, or stays open, has not failed: the whole waits or stays open with it, and goes on there.
/// </summary>
internal sealed class CompositeChange(OpsContext context, ChangeRunner runner, ChangePlan plan)
{
    /// <summary>Makes the parts that are not made yet.</summary>
    public async Task<ChangeResult> RunAsync(string id, bool again, CancellationToken cancellationToken)
    {
        IReadOnlyList<JournalEntry> before = again ? context.Journal.FindParts(id) : [];
        ChangeResult? last = null;
        try
        {
            if (before.Any(p => p.Data.ContainsKey(JournalEntry.DueKey)) && before.All(HasDoneNothing))
                await ProveAgainAsync(cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < plan.Parts.Count; i++)
            {
                JournalEntry? known = i < before.Count ? before[i] : null;
                if (known?.Outcome is JournalOutcome.Completed) continue;
                last = await runner.RunPartAsync(plan, i, id, known, again, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not (ChangeWaitException or ChangeLeftOpenException))
        {
            string left = await TakeBackAsync(id).ConfigureAwait(false);
            if (e is not OpsException told) throw;
            throw new OpsException(told.ErrorId, told.Category, $"{told.Message} {left}", told.RecommendedAction, told.Target, told);
        }
        return new ChangeResult($"{plan.Summary}: {plan.Parts.Count} changes made", last?.Value);
    }

    /// <summary>
    /// Proves the whole plan once more where it has waited and done nothing yet: it was proven when it began to wait, which may be days
    /// ago.
    /// </summary>
    private async Task ProveAgainAsync(CancellationToken cancellationToken)
    {
        try { await runner.ProveAsync(plan, cancellationToken).ConfigureAwait(false); }
        // What could not be looked at has not moved: nothing is done, and it can be gone on with.
        catch (Exception e) when (e is not OpsException
            || e is OpsException { Category: OpsErrorCategory.ResourceUnavailable or OpsErrorCategory.OperationTimeout })
        {
            throw ChangeRun.LeaveOpen(e);
        }
    }

    private bool HasDoneNothing(JournalEntry part) => part.Steps.Count == 0 && part.Outcome is not JournalOutcome.Completed
        && context.Journal.FindParts(part.Id).All(HasDoneNothing);

    /// <summary>Takes back what was made.</summary>
    public Task<ChangeResult> UndoAsync(string id, CancellationToken cancellationToken) =>
        UndoAsync(context.Journal.FindParts(id), cancellationToken);

    private async Task<ChangeResult> UndoAsync(IReadOnlyList<JournalEntry> parts, CancellationToken cancellationToken)
    {
        var undone = new List<string>();
        IReadOnlyDictionary<string, JournalEntry> before = context.Journal.FindUndos([.. parts.Select(p => p.Id)]);
        foreach (JournalEntry part in parts.Reverse())
        {
            bool stopped = part.Outcome is JournalOutcome.Failed or JournalOutcome.Cancelled;
            if (before.ContainsKey(part.Id) || (stopped && !runner.HasLeft(part))) continue;
            await runner.UndoPartAsync(part, cancellationToken).ConfigureAwait(false);
            undone.Add(part.Target);
        }
        return new ChangeResult(undone.Count == 0 ? "Nothing had been done" : $"Taken back: {string.Join(", ", undone)}");
    }

    /// <summary>After a failure; says what has become of what was made, which the journal keeps with the failure.</summary>
    private async Task<string> TakeBackAsync(string id)
    {
        IReadOnlyList<JournalEntry> parts = context.Journal.FindParts(id);
        int made = parts.Count(j => j.Outcome is JournalOutcome.Completed);
        int final = plan.Parts.Take(made).Count(p => p.Undo is null);
        string said;
        if (final > 0) said = $"{made} of {plan.Parts.Count} changes had been made and stay: {final} of them cannot be taken back.";
        else
        {
            try { return $"{(await UndoAsync(parts, CancellationToken.None).ConfigureAwait(false)).Summary}."; }
            catch (Exception e)
            {
                string remedy = e is OpsException told ? " " + told.RecommendedAction : "";
                said = $"What had been made is not all taken back: {e.Message}{remedy} Undo-OpsChange {id} takes back the rest.";
            }
        }
        context.Reporter.Warning($"{plan.Summary} failed. {said}");
        return said;
    }
}
