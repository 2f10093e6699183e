using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Changes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Finds what killed backups left in the stores and removes it.</summary>
internal sealed class InterruptedBackups(OpsContext context)
{
    /// <summary>
    /// Removes what earlier runs on this target, which the journal knows to be unfinished, left. The caller holds the target's lock. A part
    /// of another change is left to that one.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="own">The change that asks; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task CleanUpAsync(string target, string? own, CancellationToken cancellationToken)
    {
        foreach (UnfinishedChange change in context.Journal.FindUnfinished(target)
            .Where(c => BackupKinds.All.Any(k => k.Action() == c.Action) && c.Id != own && !c.IsPart))
        {
            string key = change.Data.GetValueOrDefault("key", "");
            // When a store cannot be asked it stays without an end.
            IJournaledChange ending = await context.Journal.ContinueAsync(change).ConfigureAwait(false);
            await using var _ = ending.ConfigureAwait(false);
            var scope = new JournaledScope(ending);
            bool complete = false;
            string stores = change.Data.GetValueOrDefault(PlanTrace.Argument + "stores") ?? change.Data.GetValueOrDefault("stores", "");
            foreach (string name in stores.Split('\n'))
            {
                if (key.Length == 0 || !(context.Environment.Backups.Stores.ContainsKey(name) || UnnamedStore.IsLocation(name))) continue;
                complete |= !await RemoveAsync(scope, context.OpenStore(name), key, cancellationToken).ConfigureAwait(false);
            }
            string what = complete ? "It was complete in at least one store and is kept." : "What it left was removed.";
            context.Reporter.Warning($"An earlier backup of {target} ({change.Id}, begun {change.StartedAt:u}) was interrupted. {what}");
            await ending.FailAsync("Interrupted", $"The run was interrupted after the step '{change.LastStep ?? "started"}'. {what}").ConfigureAwait(false);
            new ChangeFolder(context.Environment.StateDirectory).Forget(change.Id);
        }
    }

    /// <summary>Removes an object and its unfinished uploads; false when there is a manifest, so that it is a backup.</summary>
    public static async Task<bool> RemoveAsync(ChangeScope scope, IBackupStore store, string key, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false) is not null) return false;
        await foreach (StoreLeftover leftover in store.ListLeftoversAsync(BackupKeys.Folder(key), cancellationToken).ConfigureAwait(false))
            if (BackupKeys.Base(leftover.Key) == BackupKeys.Base(key)) await store.RemoveLeftoverAsync(scope, leftover, cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(scope, BackupKeys.Losses(key), cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(scope, BackupKeys.Failed(key), cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(scope, key, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The scope of a change that is brought to its end without a plan.</summary>
    private sealed class JournaledScope(IJournaledChange change) : ChangeScope
    {
        public override string Id => change.Id;
    }
}
