using OpsModule.Engine.Areas.Lockdown.Parts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Lockdown.Changing;

/// <summary>Reads in the journal what came of a lockdown.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class LockdownReport(OpsContext context)
{
    /// <summary>The lockdown of this id; null where there is none.</summary>
    public LockdownResult? Of(string id)
    {
        if (context.Journal.Find(id) is not { Kind: LockDownEnvironment.KindName } entry) return null;
        LockdownOrder order = LockdownOrder.Read(PlanTrace.Read(entry, context.Environment.Name)!);
        LockdownStep[] parts = [.. LockdownParts.Of(context).Select(p => Of(p, order, entry))];
        string[] open =
        [
            .. parts.Where(p => p.State == LockdownPartState.Open).Select(p => $"{p.Part} is not done: {p.Words}"),
            .. parts.SelectMany(p => LockDownEnvironment.Open(entry.Data, LockDownEnvironment.StepOf(p.Part))),
            .. parts.Where(p => p.State is LockdownPartState.Skipped).Select(p => $"{p.Part} was left out"),
        ];
        return new LockdownResult
        {
            Reason = order.Reason, IsComplete = entry.Outcome == JournalOutcome.Completed && parts.All(p =>
                p.State is LockdownPartState.Done
                or LockdownPartState.Skipped or LockdownPartState.Undeclared), Parts = parts, Open = open,
            Evidence = entry.Data.GetValueOrDefault(EvidencePart.Location),
                EvidenceSha256 = entry.Data.GetValueOrDefault(EvidencePart.Sha256),
            EmergencyKeys = entry.Data.GetValueOrDefault(EmergencyKeysPart.Location), StartedAt = entry.StartedAt,
            Seconds = Math.Round(entry.Duration.TotalSeconds, 1), Change = entry.Id,
        };
    }

    private static LockdownStep Of(ILockdownPart part, LockdownOrder order, JournalEntry entry)
    {
        string step = LockDownEnvironment.StepOf(part.Part);
        if (entry.Data.TryGetValue(step + LockDownEnvironment.Words, out string? words))
            return new LockdownStep(part.Part, LockDownEnvironment.Open(entry.Data, step).Any() ? LockdownPartState.Partly
                : LockdownPartState.Done, words);
        if (order.Skip.Contains(part.Part)) return new LockdownStep(part.Part, LockdownPartState.Skipped, "left out, as was asked");
        return part.Words is null ? new LockdownStep(part.Part, LockdownPartState.Undeclared, "nothing is declared for it")
            : new LockdownStep(part.Part, LockdownPartState.Open, part.Words);
    }
}
