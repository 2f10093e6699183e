using System.Runtime.ExceptionServices;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Changes;

/// <summary>
/// Makes changes, the only one that does: it takes the locks, proves that the plan still holds, writes the journal, and runs the kind's steps.
/// It goes on with a change that was killed, and takes one back.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="kinds">The kinds that it knows; null for all of this module.</param>
public sealed partial class ChangeRunner(OpsContext context, IReadOnlyList<ChangeKind>? kinds = null)
{
    private readonly IReadOnlyList<ChangeKind> _kinds = kinds ?? ChangeKind.Registered;
    private const string UndoPrefix = "undo-";

    /// <summary>The error id in the journal of a change that was under way and was taken back.</summary>
    internal const string Undone = "Undone";

    private readonly ChangeFolder _folder = new(context.Environment.StateDirectory);

    /// <summary>
    /// The change that it has begun, or gone on with, last; null before the first. Of one that waits nothing else tells the id.
    /// </summary>
    public string? Latest { get; private set; }

    /// <summary>
    /// What follows changes that alter the configuration, when they have ended well: it stands above, and tells itself here.
    /// </summary>
    internal static Func<OpsContext, ChangePlan, CancellationToken, Task>? Following { get; set; }

    /// <summary>Makes a planned change.</summary>
    /// <returns>What came of it; the last part's value for a change of parts. Null when it waits to be gone on with.</returns>
    /// <exception cref="OpsException"><c>DriftDetected</c>, <c>TargetLocked</c>, <c>PlanOfOtherEnvironment</c>, <c>ChangeFromOtherVersion</c>, <c>JournalUnwritable</c>, and what the kind throws.</exception>
    public async Task<ChangeResult?> RunAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        Check(plan);
        ChangeResult? made;
        using (HoldAll(plan))
        {
            await ProveAsync(plan, cancellationToken).ConfigureAwait(false);
            made = await MakeAsync(plan, null, null, false, false, cancellationToken).ConfigureAwait(false);
        }
        return await FollowedAsync(plan, made, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes on with a change that was killed or waits.</summary>
    /// <exception cref="OpsException"><c>ChangeNotResumable</c> and as <see cref="RunAsync"/>.</exception>
    public async Task<ChangeResult?> ResumeAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        if (UnplannedChange.Of(entry) is { } unplanned) return await unplanned.ResumeAsync(context, entry,
            cancellationToken).ConfigureAwait(false);
        ChangePlan plan = UnderWay(entry) ?? throw ChangeErrors.ChangeNotResumable.Make($"The change {entry.Id} ({entry.Action} of {entry.Target}) was killed before its plan was kept: nothing was done.",
            $"Make it anew. Undo-OpsChange {entry.Id} closes it.", entry.Id);
        if (IsTakenBack(entry))
            throw ChangeErrors.ChangeNotResumable.Make(
                $"The change {entry.Id} ({entry.Action} of {entry.Target}) was being taken back when it ended.",
                $"Bring that to its end: Undo-OpsChange {entry.Id}. Then make the change anew.", entry.Id);
        if (plan.Parts.Count == 0 && KindOf(plan).WhyNotResumable is { } why)
            throw ChangeErrors.ChangeNotResumable.Make($"{entry.Action} of {entry.Target} cannot be gone on with: {why}.", "Take it back with Undo-OpsChange, or make the change anew.", entry.Id);
        ChangeResult? made;
        using (HoldAll(plan)) made = await MakeAsync(plan, null, entry, true, false, cancellationToken).ConfigureAwait(false);
        return await FollowedAsync(plan, made, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What follows a change that has ended well. It is not a part of it: that it fails, or is stopped, is told.</summary>
    private async Task<ChangeResult?> FollowedAsync(ChangePlan plan, ChangeResult? made, CancellationToken cancellationToken)
    {
        if (made is null || Following is null || !Alters(plan)) return made;
        try { await Following(context, plan, cancellationToken).ConfigureAwait(false); }
        catch (Exception e)
        {
            context.Reporter.Warning($"{plan.Action} is done, and the configuration was not backed up after it: {e.Message} "
                + "Backup-OpsConfiguration does it.");
        }
        return made;
    }

    private bool Alters(ChangePlan plan) => KindOf(plan).AltersConfiguration || plan.Parts.Any(Alters);

    /// <summary>Whether a plan still holds: what has moved since it was made, in words; empty when nothing has.</summary>
    public async Task<IReadOnlyList<string>> FindDriftAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        Check(plan);
        return await FindMovedAsync(plan, cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<string>> FindMovedAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        var moved = new List<string>();
        using IDisposable? around = KindOf(plan).Surround(context, plan);
        foreach (ChangePlan part in plan.Parts) moved.AddRange(await FindMovedAsync(part, cancellationToken).ConfigureAwait(false));
        if (plan.Parts.Count > 0) return moved;
        Dictionary<string, string> now = await IdentifyAsync(plan, cancellationToken).ConfigureAwait(false);
        // What a plan does not say must hold would never be missed.
        foreach (string name in now.Keys.Where(n => plan.Identities.All(i => i.Name != n))) moved.Add($"{name} is not in the plan");
        moved.AddRange(FindMoved(plan.Identities, now));
        return moved;
    }

    private static List<string> FindMoved(IEnumerable<PlanIdentity> planned, Dictionary<string, string> now) =>
        [.. planned.Where(i => now.GetValueOrDefault(i.Name) != i.Value)
            .Select(i => $"{i.Name} was {i.Value} and is {now.GetValueOrDefault(i.Name) ?? "gone"}")];

    private async Task<Dictionary<string, string>> IdentifyAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return (await KindOf(plan).IdentifyAsync(context, plan, cancellationToken).ConfigureAwait(false)).ToDictionary(i => i.Name, i =>
                i.Value);
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            throw ChangeErrors.PlanInvalid.Make($"The plan of {plan.Kind} lacks what it needs: {e.Message}", "Make it anew.", plan.Target,
                e);
        }
    }

    /// <summary>Refuses what this module, or this environment, cannot run, and a plan that contradicts itself. Nothing is asked.</summary>
    /// <exception cref="OpsException"><c>PlanInvalid</c>, <c>PlanOfOtherEnvironment</c>, <c>ChangeFromOtherVersion</c>.</exception>
    public void Check(ChangePlan plan)
    {
        if (!string.Equals(plan.Environment, context.Environment.Name, StringComparison.Ordinal))
            throw ChangeErrors.PlanOfOtherEnvironment.Make($"The plan is for the environment {plan.Environment}; this is {context.Environment.Name}.", "Run it with -Environment of the one that it is for.", plan.Target);
        string target;
        try { target = KindOf(plan).TargetOf(plan); }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or ArgumentException) { throw ChangeErrors.PlanInvalid.Make(
            $"The plan of {plan.Kind} lacks what it needs: {e.Message}", "Make it anew.", plan.Target, e); }
        if (target != plan.Target) throw ChangeErrors.PlanInvalid.Make(
            $"The plan says that it is for {plan.Target}, and it would change {target}.", "Make it anew.", plan.Target);
        // Parts of another kind's plan would be made in its place.
        if (KindOf(plan).IsOfParts != plan.Parts.Count > 0)
            throw ChangeErrors.PlanInvalid.Make($"A plan of {plan.Kind} {(plan.Parts.Count > 0 ? "has no parts" : "is made of parts")}.",
                "Make it anew.", plan.Target);
        foreach (ChangePlan part in plan.Parts) Check(part);
        CheckParts(plan);
    }

    /// <summary>
    /// Refuses a plan of parts of which one that cannot be taken back comes before one that can: the later one's failure would leave it
    /// made.
    /// </summary>
    /// <exception cref="OpsException"><c>PlanInvalid</c>.</exception>
    public static void CheckParts(ChangePlan plan)
    {
        ChangePlan[] last = [.. plan.Parts.SkipWhile(p => p.Undo is not null)];
        if (last.FirstOrDefault() is { } final && last.Any(p => p.Undo is not null))
            throw ChangeErrors.PlanInvalid.Make($"{final.Action} of {final.Target} cannot be taken back, and other changes come after it in the plan.", "Put it last.", plan.Target);
    }

    private ChangeKind KindOf(ChangePlan plan) => _kinds.FirstOrDefault(k =>
        k.Name == plan.Kind && k.Reads(plan.Format)) ?? throw ChangeErrors.ChangeFromOtherVersion.Make(
        $"This version of OpsModule knows no change of kind {plan.Kind} in format {plan.Format}.", "Use the version that made it (Get-OpsChange says which), or make the plan anew.", plan.Target);

    /// <summary>Refuses a plan of which something has moved.</summary>
    /// <exception cref="OpsException"><c>DriftDetected</c>.</exception>
    internal async Task ProveAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        List<string> moved = await FindMovedAsync(plan, cancellationToken).ConfigureAwait(false);
        if (moved.Count > 0)
            throw ChangeErrors.DriftDetected.Make($"Things have changed since this was planned at {plan.PlannedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: {string.Join("; ", moved)}. Nothing was done.", "Look at what has changed, and plan anew.", plan.Target);
    }

    /// <summary>All targets in the order of their names, or none.</summary>
    private Releasing HoldAll(ChangePlan plan)
    {
        var held = new Releasing();
        try
        {
            Dictionary<string, bool> changed = Targets(plan).GroupBy(t => t.Path)
                .ToDictionary(t => t.Key, t => t.Any(one => one.IsChanged));
            foreach ((string target, bool isChanged) in changed.OrderBy(t => t.Key, StringComparer.Ordinal))
            {
                // A part's lock holds its whole as well, which would keep ourselves out.
                if (new Target(target).Wholes.Any(whole => changed.GetValueOrDefault(whole))) continue;
                held.Add(isChanged ? context.Locks.Acquire(target, plan.Action) : context.Locks.AcquireForReading(target, plan.Action));
            }
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What a plan and its parts are made to, and whether each is changed or only read.</summary>
    private IEnumerable<(string Path, bool IsChanged)> Targets(ChangePlan plan) =>
        plan.Parts.SelectMany(Targets).Prepend((plan.Target, !KindOf(plan).OnlyReads));

    /// <summary>
    /// Makes one part of a change of parts, under the locks of the whole. One that waits, or stays open, says so to the whole.
    /// </summary>
    internal async Task<ChangeResult> RunPartAsync(ChangePlan whole, int part, string parent, JournalEntry? before, bool again,
        CancellationToken cancellationToken) => (await MakeAsync(whole.Parts[part], parent, before, again,
            KindOf(whole).StaysOpenWhenStopped, cancellationToken).ConfigureAwait(false))!;

    /// <summary>Makes a change, or goes on with one, and records how it ends.</summary>
    /// <param name="plan">The change.</param>
    /// <param name="parent">What it is a part of; null for nothing.</param>
    /// <param name="before">What the journal has of it, when it is gone on with.</param>
    /// <param name="again">True when its plan was proven by an earlier run: it, or what it is a part of, is gone on with.</param>
    /// <param name="staysOpen">True when the whole that it is a part of is left open where somebody stops it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private async Task<ChangeResult?> MakeAsync(ChangePlan plan, string? parent, JournalEntry? before, bool again, bool staysOpen,
        CancellationToken cancellationToken)
    {
        using IDisposable? around = KindOf(plan).Surround(context, plan);
        IJournaledChange journal = before is null
            ? await context.Journal.BeginAsync(plan.Action, plan.Target, PlanTrace.Of(plan, parent)).ConfigureAwait(false)
            : await ContinueAsync(before).ConfigureAwait(false);
        await using var _ = journal.ConfigureAwait(false);
        // When it cannot be kept, nothing has been done: the change stays unfinished, as after a kill.
        if (before is null) _folder.Keep(journal.Id, plan);
        if (parent is null) Latest = journal.Id;
        ChangeResult result;
        try
        {
            result = plan.Parts.Count > 0
                ? await new CompositeChange(context, this, plan).RunAsync(journal.Id, before is not null, cancellationToken).ConfigureAwait(false)
                : await MakeAsync(RunOf(plan, journal, before), again, cancellationToken).ConfigureAwait(false);
        }
        catch (ChangeWaitException wait)
        {
            await journal.WaitAsync(wait.Until, wait.Message).ConfigureAwait(false);
            if (parent is not null) throw;
            return null;
        }
        catch (ChangeLeftOpenException open)
        {
            if (parent is not null) throw;
            // A failure is an error; of a run that was stopped nobody else says what is left of it.
            if (open.InnerException is OperationCanceledException
                && KindOf(plan).WhenLeftOpen(context, plan, journal.Id) is { } words) context.Reporter.Warning(words);
            ExceptionDispatchInfo.Throw(open.InnerException!);
            throw;
        }
        catch (OperationCanceledException e) when (staysOpen && cancellationToken.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
        catch (Exception e)
        {
            await journal.FailAsync(e, "ChangeFailed", KindOf(plan).WhenStopped(plan)).ConfigureAwait(false);
            _folder.Forget(journal.Id);
            throw;
        }
        await journal.CompleteAsync(result.Summary).ConfigureAwait(false);
        _folder.Forget(journal.Id);
        return result with { Change = journal.Id };
    }

    private async Task<ChangeResult> MakeAsync(ChangeRun run, bool again, CancellationToken cancellationToken)
    {
        ChangeKind kind = KindOf(run.Plan);
        PlanIdentity[] held = again ? [.. kind.StillHold(run)] : [];
        if (held.Length > 0)
        {
            List<string> moved = FindMoved(held, await IdentifyAsync(run.Plan, cancellationToken).ConfigureAwait(false));
            if (moved.Count > 0)
                throw ChangeErrors.DriftDetected.Make($"Things have changed since this was begun: {string.Join("; ", moved)}. "
                    + "It was not gone on with; what had been made before stays.", "Look at what has changed, and plan anew.",
                    run.Plan.Target);
        }
        return await kind.RunAsync(run, cancellationToken).ConfigureAwait(false);
    }

    private ChangeRun RunOf(ChangePlan plan, IJournaledChange journal, JournalEntry? before, string prefix = "") =>
        new(context, plan, journal, before?.Data, before?.Steps.Select(s => s.Name), prefix)
        {
            Undoes = before is { Outcome: JournalOutcome.Completed } ? before.Id : null,
        };

    private Task<IJournaledChange> ContinueAsync(JournalEntry entry) => context.Journal.ContinueAsync(UnfinishedChange.Of(entry));

    /// <summary>The plan of a change that has no end; null when it was killed before its plan was kept, and so before its first step.</summary>
    private ChangePlan? UnderWay(JournalEntry entry)
    {
        if (entry.Outcome is not (JournalOutcome.Unfinished or JournalOutcome.Waiting))
            throw ChangeErrors.ChangeNotResumable.Make($"The change {entry.Id} ({entry.Action} of {entry.Target}) is {entry.Outcome}: there is nothing to go on with.", "Get-OpsChange -Unfinished shows what is.", entry.Id);
        if (entry.Kind is null)
            throw ChangeErrors.ChangeNotResumable.Make($"The change {entry.Id} was made by {entry.Action} without a plan.", $"Run {entry.Action} again; it finds what is left.", entry.Id);
        ChangePlan? plan = _folder.Find(entry.Id);
        if (plan is null && (entry.Steps.Count > 0 || context.Journal.FindParts(entry.Id).Count > 0))
            throw ChangeErrors.ChangeNotResumable.Make($"The plan of the change {entry.Id} is not in the state folder any more, and the change has been at work ({entry.LastStep ?? "its parts are in the journal"}).",
                "Bring the state folder's changes/ back, or look at what is there and put it right by hand.", entry.Id);
        if (plan is not null) Check(plan);
        return plan;
    }

    private sealed class Releasing : List<IDisposable>, IDisposable
    {
        public void Dispose()
        {
            for (int i = Count - 1; i >= 0; i--) this[i].Dispose();
        }
    }
}
