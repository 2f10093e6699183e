using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

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
            if (run.Context.Journal.Find(change.Id) is { Outcome: JournalOutcome.Unfinished } entry
                && await _runner.ResumeAsync(entry, ct).ConfigureAwait(false) is null)
                left.Add(Waits(change.Id));
    }

    /// <summary>Makes one; what waits is told.</summary>
    public async Task RunAsync(ChangePlan plan, ICollection<string> left, CancellationToken ct)
    {
        if (await _runner.RunAsync(plan, ct).ConfigureAwait(false) is null) left.Add(Waits(_runner.Latest));
    }

    /// <summary>Whether a rotation of this lockdown has replaced a secret: the value of one that began before may be known.</summary>
    public bool IsReplaced(string name) => ReplacedBy(name) is not null;

    /// <summary>What was not proven of the rotation that has replaced a secret.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="left">Takes it.</param>
    public void Tell(string name, ICollection<string> left)
    {
        if (ReplacedBy(name) is { } whole && new RotationReport(run.Context).Of(whole.Id).FirstOrDefault(r => r.Name == name)
            is { Outcome: RotationOutcome.NotProven } result)
            left.Add($"{name} is replaced, and not all of that is proven: {result.Words}");
    }

    /// <summary>The rotations of this lockdown that wait.</summary>
    public IReadOnlyList<string> FindWaiting() => [.. new Journal(run.Context.Environment, run.Context.Time)
        .Find(new JournalQuery { Waiting = true }, out int _)
        .Where(w => w.StartedAt >= Began && w.Parent is null && w.Id != run.Id).Select(w => w.Id)];

    /// <summary>Goes on with a rotation of this lockdown that waits; true where it waits still, which is told: its new value is in
    /// use.</summary>
    public async Task<bool> WaitsAsync(string name, ICollection<string> left, CancellationToken ct)
    {
        SecretRecord record = await RecordOfAsync(run.Context, name, ct).ConfigureAwait(false);
        if (record is not { Status: SecretStatus.Waiting, Change: { } id } || run.Context.Journal.Find(id) is not
            { Outcome: JournalOutcome.Waiting } entry || entry.StartedAt < Began) return false;
        if (await _runner.ResumeAsync(entry, ct).ConfigureAwait(false) is not null) return false;
        left.Add(Waits(id));
        return true;
    }

    /// <summary>A rotation of a secret that has no end and began before a time; null where there is none.</summary>
    public static async Task<JournalEntry?> FindOpenAsync(OpsContext context, string name, DateTimeOffset before, CancellationToken ct)
    {
        SecretRecord record = await RecordOfAsync(context, name, ct).ConfigureAwait(false);
        return record is { Status: SecretStatus.Waiting or SecretStatus.Unfinished, Change: { } id } && context.Journal.Find(id)
            is { Outcome: JournalOutcome.Waiting or JournalOutcome.Unfinished } entry && entry.StartedAt < before ? entry : null;
    }

    /// <summary>
    /// Takes back a rotation of a secret that began before the lockdown and has no end: as long as it waits the old value counts, and
    /// no other rotation may begin. What is past that is brought to its end.
    /// </summary>
    /// <param name="name">The secret.</param>
    /// <param name="meant">All that the lockdown rotates: others of the same rotation have their old values again, which is told.</param>
    /// <param name="left">Takes that.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException">It cannot be taken back, nor come to its end: the secret cannot be replaced.</exception>
    public async Task TakeBackAsync(string name, IReadOnlyCollection<string> meant, ICollection<string> left, CancellationToken ct)
    {
        if (await FindOpenAsync(run.Context, name, Began, ct).ConfigureAwait(false) is not { } entry) return;
        string[] others = [.. new RotationReport(run.Context).Of(entry.Id).Select(r => r.Name).Except(meant)];
        // What one part has dropped nothing takes back; to try it would spoil the parts that wait.
        bool isPast = run.Context.Journal.FindParts(entry.Id).Any(p => p.Kind == FinishSecret.KindName
            && p.Steps.Any(s => s.Name == FinishSteps.Drop));
        if (isPast || !await IsBackAsync(entry, ct).ConfigureAwait(false))
        {
            // Its old value is dropped. The new one was there before the lockdown, and is replaced next.
            if (await _runner.ResumeAsync(run.Context.Journal.Find(entry.Id)!, ct).ConfigureAwait(false) is null)
                throw LockdownErrors.SecretsNotRotated.Make($"The rotation {entry.Id} of {name}, which cannot be taken back any more, "
                    + "waits: " + run.Context.Journal.Find(entry.Id)!.Message, "Let it come to its end (Resume-OpsChange -Due).", name);
            return;
        }
        foreach (string other in others)
            left.Add($"{other} has its old value again, since its rotation was that of {name}, too, and the lockdown does not rotate it: "
                + $"Invoke-OpsSecretRotation {other}.");
    }

    /// <summary>False where a rotation in phases refuses it, before it does anything.</summary>
    private async Task<bool> IsBackAsync(JournalEntry entry, CancellationToken ct)
    {
        try { await _runner.UndoAsync(entry, ct).ConfigureAwait(false); }
        catch (OpsException e) when (ChangeErrors.ChangeNotUndoable.Is(e)) { return false; }
        return true;
    }

    private static async Task<SecretRecord> RecordOfAsync(OpsContext context, string name, CancellationToken ct) =>
        (await new SecretCatalog(context).ListAsync([name], reads: false, ct).ConfigureAwait(false))[0];

    private JournalEntry? ReplacedBy(string name)
    {
        KeptSecret kept;
        try { kept = new SecretStore(run.Context).Read(name); }
        // To replace it says so.
        catch (OpsException) { return null; }
        if (kept.FinishedAt is not { } at || at < Began || kept.FinishedBy is not { } id || run.Context.Journal.Find(id) is not { } entry)
            return null;
        JournalEntry whole = entry.Parent is { } parent && run.Context.Journal.Find(parent) is { } found ? found : entry;
        return whole.StartedAt >= Began ? whole : null;
    }

    private static string Waits(string? id) => $"The rotation {id} waits: an old value counts still. Get-OpsChange {id} says for what; "
        + "Resume-OpsChange -Due goes on with it.";
}
