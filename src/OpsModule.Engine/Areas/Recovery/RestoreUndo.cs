using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Puts back what a restore replaced. What was restored is kept in its turn, so that an undo can be undone.</summary>
public sealed class RestoreUndo(OpsContext context)
{
    /// <summary>Puts back.</summary>
    /// <param name="restore">From <see cref="RestoreCatalog"/>.</param>
    /// <param name="switchTimeout">How long to wait and retry for a moment at which the switch disturbs nobody.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="OpsException"><c>NothingReplaced</c>, <c>SwitchBlocked</c>, <c>OutsideReferences</c>, <c>TargetLocked</c>.</exception>
    public Task<RestoreRecord> RunAsync(RestoreRecord restore, TimeSpan switchTimeout, CancellationToken cancellationToken) =>
        RestoreErrors.TranslateAsync($"Undoing the restore {restore.Id}", restore, () => PutBackAsync(restore, switchTimeout, cancellationToken));

    private async Task<RestoreRecord> PutBackAsync(RestoreRecord restore, TimeSpan switchTimeout, CancellationToken cancellationToken)
    {
        if (restore.State != RestoreState.Replaced || restore.ReplacedName is not { } kept)
            throw new OpsException("NothingReplaced", OpsErrorCategory.InvalidOperation, $"The restore {restore.Id} keeps nothing that it replaced ({restore.State}).",
                "List what can be undone with Get-OpsRestore. An unfinished restore is removed with Undo-OpsChange or Remove-OpsRestore.",
                    restore);
        long started = context.Time.GetTimestamp();
        string target = RestoreNames.Target(restore.Name, restore.Tenant);
        using IDisposable hold = context.Locks.Acquire(target, RestoreService.UndoAction);
        await CloseInterruptedAsync(target).ConfigureAwait(false);
        UnfinishedRestores.Refuse(context, target, restore.Name, restore.Tenant);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, restore.Name, cancellationToken).ConfigureAwait(false);
        await using IKeeper keeper = await IKeeper.OpenAsync(context, server, restore.Kind, restore.Tenant, cancellationToken).ConfigureAwait(false);
        RestoreNote note = Known(restore, await keeper.ListAsync(cancellationToken).ConfigureAwait(false));
        await using IJournaledChange change = await BeginAsync(target, restore, kept).ConfigureAwait(false);
        try
        {
            return await keeper.SwitchAsync(change, note, kept, switchTimeout, started, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or OperationCanceledException or PostgresException)
        {
            // The switch is one transaction: it was not made.
            await change.FailAsync(e, "UndoFailed", $"Undoing the restore {restore.Id} was stopped; nothing was switched.").ConfigureAwait(false);
            throw;
        }
    }

    private Task<IJournaledChange> BeginAsync(string target, RestoreRecord restore, string kept) => context.Journal.BeginAsync(RestoreService.UndoAction, target,
        new Dictionary<string, string> { ["kind"] = restore.Kind.ToString(), ["name"] = restore.Name, ["tenant"] = restore.Tenant ?? "", ["restore"] = restore.Id, ["kept"] = kept });

    /// <summary>An undo that was ended is one transaction: done, and then what it kept says so, or not.</summary>
    private async Task CloseInterruptedAsync(string target)
    {
        foreach (UnfinishedChange old in UnfinishedRestores.Of(context, target).Where(c => c.Action == RestoreService.UndoAction).ToArray())
            await new UnfinishedRestores(context).EndAsync(old, "Its process ended; Get-OpsRestore shows how things are", "Interrupted").ConfigureAwait(false);
    }

    private static RestoreNote Known(RestoreRecord restore, List<Kept> kept) =>
        kept.Find(k => k.Name == restore.ReplacedName)?.Note is { State: RestoreState.Replaced } note
            ? note
            : throw new OpsException("RestoreNotFound", OpsErrorCategory.ObjectNotFound,
                $"{restore.ReplacedName} is not there any more, or its comment no longer says what it replaced.",
                "List what can be undone with Get-OpsRestore.", restore);
}
