using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Restores that began and never ended: they keep others of the same target out. Those of earlier versions, which had no plans, are resumed
/// and undone here; the caller holds the target's lock.
/// </summary>
internal sealed class UnfinishedRestores(OpsContext context)
{
    /// <summary>Refuses to begin where something is unfinished.</summary>
    /// <exception cref="OpsException"><c>UnfinishedRestore</c>.</exception>
    public static void Refuse(OpsContext context, string target, string name, string? tenant)
    {
        if (Of(context, target).FirstOrDefault() is not { } change) return;
        throw new OpsException("UnfinishedRestore", OpsErrorCategory.InvalidOperation,
            $"The restore {change.Id} of {target}, begun {change.StartedAt:u}, never ended; it came as far as '{change.LastStep ?? "planned"}'.",
            $"Bring it to its end with: {RestoreAdvice.Resume(name, tenant)}; or remove what it left with: {RestoreAdvice.Undo(name, tenant)}", target);
    }

    /// <summary>Unfinished restores of a target, oldest first.</summary>
    public static IEnumerable<UnfinishedChange> Of(OpsContext context, string target) =>
        context.Journal.FindUnfinished(target).Where(c => c.Action is RestoreService.Action or RestoreService.UndoAction);

    /// <summary>
    /// Brings an unfinished restore to its end: what is staged and verified is switched in; a switch that had happened is recorded. Returns
    /// null when there is nothing complete to go on with; what it left is removed then, and the restore has to run anew.
    /// </summary>
    public async Task<RestoreRecord?> ResumeAsync(IKeeper keeper, UnfinishedChange last, TimeSpan timeout, CancellationToken ct)
    {
        List<Kept> kept = await keeper.ListAsync(ct).ConfigureAwait(false);
        Kept? staged = kept.Find(k => k.Note is { State: RestoreState.Staged } n && n.Id == last.Id);
        if (staged is { Note.Complete: true }) return await SwitchAsync(keeper, last, staged, timeout, ct).ConfigureAwait(false);
        if (kept.Find(k => k.Note is { State: RestoreState.Replaced } n && n.Id == last.Id) is { Note: { } done } replaced)
        {
            await keeper.SettleAsync(replaced, ct).ConfigureAwait(false);
            await EndAsync(last, $"The switch had been made; what was replaced is kept as {replaced.Name}", null).ConfigureAwait(false);
            return Switched(last.Id, done, replaced);
        }
        if (last.Action == RestoreService.UndoAction)
        {
            await EndAsync(last, "Nothing had been changed", "Undone").ConfigureAwait(false);
            throw new OpsException("UndoNotMade", OpsErrorCategory.InvalidOperation,
                $"The undo {last.Id} of {last.Target} had not come to its switch; nothing had been changed.", "Run Undo-OpsRestore again.", last.Target);
        }
        if (last.LastStep is "switching" or "switched" && last.Data.GetValueOrDefault("replaced") == "" && staged is null)
        {
            await EndAsync(last, "The switch had been made; nothing had been in its place", null).ConfigureAwait(false);
            throw new OpsException("NothingUnfinished", OpsErrorCategory.ObjectNotFound,
                $"The restore {last.Id} of {last.Target} had come to its end; only its record was missing.", "Nothing is left to do.", last.Target);
        }
        await RemoveAsync(keeper, last, ct).ConfigureAwait(false);
        return null;
    }

    private async Task<RestoreRecord> SwitchAsync(IKeeper keeper, UnfinishedChange last, Kept staged, TimeSpan timeout, CancellationToken ct)
    {
        await using IJournaledChange change = await context.Journal.ContinueAsync(last).ConfigureAwait(false);
        var order = new SwitchOrder(last.Id, staged.Note!, staged.Name, timeout, context.Time.GetTimestamp(), async (replaced, make) =>
        {
            await change.StepAsync("switching", new Dictionary<string, string> { ["replaced"] = replaced }).ConfigureAwait(false);
            await make().ConfigureAwait(false);
            await change.StepAsync("switched").ConfigureAwait(false);
        });
        RestoreRecord record = await keeper.SwitchAsync(order, ct).ConfigureAwait(false);
        await change.CompleteAsync(order.Summary(record)).ConfigureAwait(false);
        return record;
    }

    /// <summary>Removes what an unfinished restore has staged, of it alone, and records it.</summary>
    public async Task RemoveAsync(IKeeper keeper, UnfinishedChange change, CancellationToken ct)
    {
        List<Kept> kept = await keeper.ListAsync(ct).ConfigureAwait(false);
        if (kept.Find(k => k.Note is { State: RestoreState.Replaced } n && n.Id == change.Id) is { } replaced)
        {
            await keeper.SettleAsync(replaced, ct).ConfigureAwait(false);
            context.Reporter.Warning($"The restore {change.Id} had already been switched in; what it replaced is kept as {replaced.Name}. Undo-OpsRestore {change.Id} puts it back.");
            await EndAsync(change, $"The switch had been made; what was replaced is kept as {replaced.Name}", null).ConfigureAwait(false);
            return;
        }
        string? stage = kept.Find(k => k.Note?.Id == change.Id)?.Name ?? change.Data.GetValueOrDefault("staging");
        if (stage is not null && RestoreNames.IsStage(stage)) await keeper.DropAsync(stage, ct).ConfigureAwait(false);
        await EndAsync(change, $"Undone: {stage ?? "nothing"} was removed", "Undone").ConfigureAwait(false);
    }

    /// <summary>Ends a restore that has no end, after what it had staged was dropped.</summary>
    public async Task CloseAsync(string target, string id, string stage)
    {
        foreach (UnfinishedChange change in Of(context, target).Where(c => c.Id == id).ToArray())
        {
            await EndAsync(change, $"Undone: {stage} was removed", "Undone").ConfigureAwait(false);
            new ChangeFolder(context.Environment.StateDirectory).Forget(id);
        }
    }

    private async Task EndAsync(UnfinishedChange unfinished, string summary, string? errorId)
    {
        await using IJournaledChange change = await context.Journal.ContinueAsync(unfinished).ConfigureAwait(false);
        if (errorId is null) await change.CompleteAsync(summary).ConfigureAwait(false);
        else await change.FailAsync(errorId, summary).ConfigureAwait(false);
    }

    /// <summary>The record of a restore whose switch was made, by what it keeps.</summary>
    public static RestoreRecord Switched(string id, RestoreNote note, Kept kept) => new()
    {
        Id = id, Kind = note.Tenant is null ? RestoreKind.Database : RestoreKind.Schema, State = RestoreState.Replaced, Name = note.Name,
        Database = note.Database, Tenant = note.Tenant,
        Schema = note.Tenant is null ? null : note.Original, ReplacedName = kept.Name, BackupId = note.BackupId, RestoredAt = note.At, Rows = note.Rows, Bytes = note.Bytes, Tables = note.Tables, NotRestored = note.NotRestored,
        Objects = note.Objects, Differences = note.Differences,
    };
}
