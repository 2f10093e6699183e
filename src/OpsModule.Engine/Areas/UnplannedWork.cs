using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas;

/// <summary>
/// What people ran and nobody can go on with: statements, programs in services, terminals, lines of a schedule, and the taking back of
/// another change. When the process was killed only the thing itself can tell how far it came.
/// </summary>
internal sealed class UnplannedWork : UnplannedChange
{
    public override IReadOnlyList<string> Actions =>
        ["Invoke-OpsQuery", "Invoke-OpsServiceCommand", "Enter-OpsService", "Undo-OpsChange", "Invoke-OpsSchedule", "Export-OpsRecoveryKit"];

    public override Task<ChangeResult> ResumeAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken) =>
        throw ChangeErrors.ChangeNotResumable.Make(
            $"{entry.Action} of {entry.Target} ({entry.Id}) was killed{Reached(entry)}, and only what it changed can tell how far it came.",
            $"Look at {entry.Target} first. Undo-OpsChange {entry.Id} closes this entry and changes nothing.", entry.Id);

    /// <summary>Closes the entry; nothing is taken back.</summary>
    public override async Task<ChangeResult> UndoAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Outcome is JournalOutcome.Completed) return await base.UndoAsync(context, entry, cancellationToken).ConfigureAwait(false);
        string said = $"Its process was killed{Reached(entry)}; whether it counts is not known, and nothing was taken back";
        IJournaledChange change = await context.Journal.ContinueAsync(UnfinishedChange.Of(entry)).ConfigureAwait(false);
        await using (change.ConfigureAwait(false)) await change.FailAsync("Closed", said).ConfigureAwait(false);
        return new ChangeResult(said) { Change = entry.Id };
    }

    private static string Reached(JournalEntry entry) => entry.LastStep is { } step ? $" after '{step}'" : "";
}
