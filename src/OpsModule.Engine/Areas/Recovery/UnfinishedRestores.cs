using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What a run that was ended in the middle left behind: found, resumed or undone. The caller holds the target's lock.</summary>
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
    /// Brings unfinished restores of a target to their end: what is staged and verified is switched in; a switch that had happened is recorded.
    /// Returns null when there is nothing complete to resume; the leftovers are removed then and the restore has to run anew.
    /// </summary>
    public async Task<(RestoreRecord? Record, UnfinishedChange? Again)> ResumeAsync(IKeeper keeper, string target, TimeSpan timeout, CancellationToken ct)
    {
        long started = context.Time.GetTimestamp();
        UnfinishedChange last = Of(context, target).LastOrDefault() ?? throw Nothing(context, target);
        foreach (UnfinishedChange older in Of(context, target).Where(c => c.Id != last.Id).ToArray()) await RemoveAsync(keeper, older, ct).ConfigureAwait(false);
        List<Kept> kept = await keeper.ListAsync(ct).ConfigureAwait(false);
        Kept? staged = kept.Find(k => k.Note is { State: RestoreState.Staged } n && n.Id == last.Id);
        if (staged is { Note: { Complete: true } note })
        {
            await using IJournaledChange change = await context.Journal.ContinueAsync(last).ConfigureAwait(false);
            return (await keeper.SwitchAsync(change, note, staged.Name, timeout, started, ct).ConfigureAwait(false), null);
        }
        if (kept.Find(k => k.Note is { State: RestoreState.Replaced } n && n.Id == last.Id) is { Note: { } done } replaced)
        {
            await keeper.SettleAsync(replaced, ct).ConfigureAwait(false);
            await EndAsync(last, $"The switch had been made; what was replaced is kept as {replaced.Name}", null).ConfigureAwait(false);
            return (Switched(last, done, replaced), null);
        }
        if (last.Action == RestoreService.UndoAction)
        {
            await EndAsync(last, "Nothing had been changed", "Undone").ConfigureAwait(false);
            throw new OpsException("UndoNotMade", OpsErrorCategory.InvalidOperation, $"The undo {last.Id} of {target} had not come to its switch; nothing had been changed.",
                "Run Undo-OpsRestore again.", target);
        }
        if (last.LastStep is "switching" or "switched" && last.Data.GetValueOrDefault("replaced") == "" && staged is null)
        {
            await EndAsync(last, "The switch had been made; nothing had been in its place", null).ConfigureAwait(false);
            throw new OpsException("NothingUnfinished", OpsErrorCategory.ObjectNotFound, $"The restore {last.Id} of {target} had come to its end; only its record was missing.",
                "Nothing is left to do.", target);
        }
        await RemoveAsync(keeper, last, ct).ConfigureAwait(false);
        return (null, last);
    }

    /// <summary>Removes what unfinished restores of a target have staged, and records it.</summary>
    public async Task<int> UndoAsync(IKeeper keeper, string target, CancellationToken ct)
    {
        UnfinishedChange[] changes = [.. Of(context, target)];
        if (changes.Length == 0) throw Nothing(context, target);
        foreach (UnfinishedChange change in changes) await RemoveAsync(keeper, change, ct).ConfigureAwait(false);
        return changes.Length;
    }

    private async Task RemoveAsync(IKeeper keeper, UnfinishedChange change, CancellationToken ct)
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

    internal async Task EndAsync(UnfinishedChange unfinished, string summary, string? errorId)
    {
        await using IJournaledChange change = await context.Journal.ContinueAsync(unfinished).ConfigureAwait(false);
        if (errorId is null) await change.CompleteAsync(summary).ConfigureAwait(false);
        else await change.FailAsync(errorId, summary).ConfigureAwait(false);
    }

    internal static OpsException Nothing(OpsContext context, string target)
    {
        string[] others = [.. context.Journal.FindUnfinished().Where(c => c.Action == RestoreService.Action)
            .Select(c => RestoreAdvice.Resume(c.Data.GetValueOrDefault("name") ?? "", c.Data.GetValueOrDefault("tenant"))).Distinct()];
        return new OpsException("NothingUnfinished", OpsErrorCategory.ObjectNotFound, $"No restore of {target} was left unfinished.", others.Length > 0
            ? $"Unfinished is another one; go on with it by: {string.Join("; or: ", others)}"
            : "Get-OpsChange -Unfinished shows what is. To put back what a finished restore has replaced, use Undo-OpsRestore.", target);
    }

    private static RestoreRecord Switched(UnfinishedChange change, RestoreNote note, Kept kept) => new()
    {
        Id = change.Id, Kind = note.Tenant is null ? RestoreKind.Database : RestoreKind.Schema, State = RestoreState.Replaced, Name = note.Name,
        Database = note.Database, Tenant = note.Tenant,
        Schema = note.Tenant is null ? null : note.Original, ReplacedName = kept.Name, BackupId = note.BackupId, RestoredAt = note.At, Rows = note.Rows, Bytes = note.Bytes, Tables = note.Tables, NotRestored = note.NotRestored,
        Objects = note.Objects, Differences = note.Differences,
    };
}
