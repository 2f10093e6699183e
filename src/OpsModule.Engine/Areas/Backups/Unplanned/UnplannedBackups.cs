using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Backups.Unplanned;

/// <summary>
/// A backup that was killed left objects without a manifest, which are no backup: they are cleared away, and the next run makes another.
/// </summary>
public sealed class UnplannedBackups : UnplannedChange
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Actions => [BackupRequest.Action];

    /// <inheritdoc/>
    public override async Task<ChangeResult> UndoAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Outcome is JournalOutcome.Completed) return await base.UndoAsync(context, entry, cancellationToken).ConfigureAwait(false);
        using IDisposable hold = context.Locks.AcquireForReading(entry.Target, BackupRequest.Action);
        await new InterruptedBackups(context).CleanUpAsync(entry.Target, null, cancellationToken).ConfigureAwait(false);
        return new ChangeResult("what it left was cleared away") { Change = entry.Id };
    }
}
