using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Drops what a restore keeps, for good: a replaced schema or database, or one that was staged and never switched in.</summary>
public sealed class RestoreRemoval(OpsContext context)
{
    private const string Action = "Remove-OpsRestore";

    /// <summary>Drops.</summary>
    /// <exception cref="OpsException"><c>RestoreNotFound</c>, <c>TargetLocked</c>, <c>OutsideReferences</c>.</exception>
    public Task RunAsync(RestoreRecord restore, CancellationToken cancellationToken) =>
        RestoreErrors.TranslateAsync($"Dropping {restore.ReplacedName}", restore, () => DropAsync(restore, cancellationToken));

    private async Task<bool> DropAsync(RestoreRecord restore, CancellationToken cancellationToken)
    {
        if (restore.ReplacedName is not { } kept || !RestoreNames.IsReserved(kept))
            throw new OpsException("RestoreNotFound", OpsErrorCategory.ObjectNotFound, $"The restore {restore.Id} keeps nothing that could be removed.",
                "List what is kept with Get-OpsRestore.", restore);
        string target = RestoreNames.Target(restore.Name, restore.Tenant);
        using IDisposable hold = context.Locks.Acquire(target, Action);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, restore.Name, cancellationToken).ConfigureAwait(false);
        await using IKeeper keeper = await IKeeper.OpenAsync(context, server, restore.Kind, restore.Tenant, cancellationToken).ConfigureAwait(false);
        // A record may be old, or of another environment: what is dropped is what is there now and belongs to this database.
        if (!(await keeper.ListAsync(cancellationToken).ConfigureAwait(false)).Exists(k => k.Name == kept))
            throw new OpsException("RestoreNotFound", OpsErrorCategory.ObjectNotFound, $"Database {restore.Name} of this environment keeps nothing called {kept}.",
                "List what is kept with Get-OpsRestore.", restore);
        await using IJournaledChange change = await context.Journal.BeginAsync(Action, target,
            new Dictionary<string, string> { ["kind"] = restore.Kind.ToString(), ["kept"] = kept, ["restore"] = restore.Id }).ConfigureAwait(false);
        try
        {
            await keeper.DropAsync(kept, cancellationToken).ConfigureAwait(false);
            await change.CompleteAsync($"{kept} was dropped").ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await change.FailAsync(e, "DropFailed", $"The removal of {kept} was stopped; Get-OpsRestore shows whether it is still there.").ConfigureAwait(false);
            throw;
        }
        await CloseUnfinishedAsync(target, restore).ConfigureAwait(false);
        return true;
    }

    /// <summary>With its staging schema gone, an unfinished restore is undone.</summary>
    private async Task CloseUnfinishedAsync(string target, RestoreRecord restore)
    {
        if (restore.State != RestoreState.Staged) return;
        foreach (UnfinishedChange change in UnfinishedRestores.Of(context, target).Where(c => c.Id == restore.Id).ToArray())
            await new UnfinishedRestores(context).EndAsync(change, $"Undone: {restore.ReplacedName} was removed", "Undone").ConfigureAwait(false);
    }
}
