using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>Changes of their own in the journal that a part of a lockdown makes: rotations, and what revokes keys.</summary>
/// <param name="run">The lockdown.</param>
internal sealed class LockdownChanges(ChangeRun run)
{
    private readonly ChangeRunner _runner = new(run.Context);

    /// <summary>When the lockdown began: what was rotated since need not be rotated once more.</summary>
    public DateTimeOffset Began { get; } = run.Context.Journal.Find(run.Id)?.StartedAt ?? run.Context.Time.GetUtcNow();

    /// <summary>The last one that was made; null where none was.</summary>
    public string? Latest => _runner.Latest;

    /// <summary>
    /// Goes on with what an earlier run of this lockdown has begun, and was killed in: another rotation would be refused meanwhile.
    /// </summary>
    /// <param name="kinds">Their kinds.</param>
    /// <param name="left">Takes what waits.</param>
    /// <param name="ct">Ends it.</param>
    public async Task GoOnAsync(IReadOnlyCollection<string> kinds, ICollection<string> left, CancellationToken ct)
    {
        foreach (UnfinishedChange change in run.Context.Journal.FindUnfinished().Where(u => u.StartedAt >= Began && u.Id != run.Id
            && !u.IsPart && kinds.Contains(u.Data.GetValueOrDefault(PlanTrace.Kind))))
            if (run.Context.Journal.Find(change.Id) is { Outcome: JournalOutcome.Unfinished or JournalOutcome.Waiting } entry
                && await _runner.ResumeAsync(entry, ct).ConfigureAwait(false) is null)
                left.Add(Waits(change.Id));
    }

    /// <summary>Makes one; what waits is told.</summary>
    public async Task RunAsync(ChangePlan plan, ICollection<string> left, CancellationToken ct)
    {
        if (await _runner.RunAsync(plan, ct).ConfigureAwait(false) is null) left.Add(Waits(_runner.Latest));
    }

    private static string Waits(string? id) => $"The rotation {id} waits: an old value counts still. Get-OpsChange {id} says for what; "
        + "Resume-OpsChange -Due goes on with it.";
}
