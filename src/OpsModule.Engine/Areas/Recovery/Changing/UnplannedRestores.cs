using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Restores say by the names and comments of what they stage, and of what they keep, how far they came.</summary>
public sealed class UnplannedRestores : UnplannedChange
{
    /// <summary>How long a switch that is gone on with waits for a moment at which it disturbs nobody.</summary>
    private static readonly TimeSpan SwitchTimeout = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Actions => [RestoreService.Action, RestoreService.UndoAction];

    /// <summary>What is told when a restore is gone on with; null for other changes.</summary>
    public static ObservedJob? JobOf(JournalEntry entry)
    {
        if (entry.Kind is not null || entry.Action is not (RestoreService.Action or RestoreService.UndoAction)) return null;
        (string name, string? tenant) = Parse(entry.Target);
        return new ObservedJob(AlertKind.Restore, ObservedJob.Of(name, tenant));
    }

    /// <inheritdoc/>
    public override async Task<ChangeResult> ResumeAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        (string name, string? tenant) = Parse(entry.Target);
        UnfinishedChange last = new RestoreService(context).FindUnfinished(name, tenant)[^1];
        if (last.Id != entry.Id)
            throw ChangeErrors.ChangeNotResumable.Make(
                $"After the restore {entry.Id} of {entry.Target} another one, {last.Id}, was left unfinished.",
                $"Go on with that one: Resume-OpsChange {last.Id}. It clears away what the earlier ones left.", entry.Id);
        RestoreRecord record = await new RestoreService(context).ResumeAsync(name, tenant, SwitchTimeout,
            cancellationToken).ConfigureAwait(false);
        return new ChangeResult($"restored; {record.ReplacedName ?? "nothing"} is kept", record);
    }

    /// <inheritdoc/>
    public override async Task<ChangeResult> UndoAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        (string name, string? tenant) = Parse(entry.Target);
        if (entry.Outcome is not JournalOutcome.Completed)
        {
            int removed = await new RestoreService(context).UndoUnfinishedAsync(name, tenant, cancellationToken).ConfigureAwait(false);
            return new ChangeResult($"what {removed} unfinished left was removed") { Change = entry.Id };
        }
        IReadOnlyList<RestoreRecord> kept = await new RestoreCatalog(context).FindAsync([entry.Id], null, e =>
            throw e, cancellationToken).ConfigureAwait(false);
        RestoreRecord restore = kept.FirstOrDefault(r => r.State == RestoreState.Replaced) ?? throw ChangeErrors.ChangeNotUndoable.Make(
            $"The restore {entry.Id} of {entry.Target} keeps nothing that it replaced.",
                "Get-OpsRestore shows what is kept. Restore another backup, or remove what was restored beside the live database.",
                entry.Id);
        RestoreRecord back = await new RestoreUndo(context).RunAsync(restore, SwitchTimeout, cancellationToken).ConfigureAwait(false);
        return new ChangeResult($"{restore.ReplacedName} was put back", back) { Change = back.Id };
    }

    private static (string Name, string? Tenant) Parse(string target)
    {
        string[] parts = target.Split('/', 4);
        return (parts[1], parts.Length == 4 ? parts[3] : null);
    }
}
