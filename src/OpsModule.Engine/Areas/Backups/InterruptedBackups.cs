using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Finds what killed backups left in the stores and removes it.</summary>
internal sealed class InterruptedBackups(OpsContext context)
{
    /// <summary>Removes what earlier runs on this target, which the journal knows to be unfinished, left. The caller holds the target's lock.</summary>
    public async Task CleanUpAsync(string target, CancellationToken cancellationToken)
    {
        foreach (UnfinishedChange change in context.Journal.FindUnfinished(target).Where(c => c.Action == DatabaseBackup.Action))
        {
            string key = change.Data.GetValueOrDefault("key", "");
            bool complete = false;
            foreach (string name in change.Data.GetValueOrDefault("stores", "").Split('\n'))
            {
                if (key.Length == 0 || !context.Environment.Backups.Stores.ContainsKey(name)) continue;
                complete |= !await RemoveAsync(context.OpenStore(name), key, cancellationToken).ConfigureAwait(false);
            }
            string what = complete ? "It was complete in at least one store and is kept." : "What it left was removed.";
            context.Reporter.Warning($"An earlier backup of {target} ({change.Id}, begun {change.StartedAt:u}) was interrupted. {what}");
            await using IJournaledChange ending = await context.Journal.ContinueAsync(change).ConfigureAwait(false);
            await ending.FailAsync("Interrupted", $"The run was interrupted after the step '{change.LastStep ?? "started"}'. {what}").ConfigureAwait(false);
        }
    }

    /// <summary>Removes an object and its unfinished uploads; false when there is a manifest, so that it is a backup.</summary>
    public static async Task<bool> RemoveAsync(IBackupStore store, string key, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false) is not null) return false;
        await foreach (StoreLeftover leftover in store.ListLeftoversAsync(BackupKeys.Folder(key), cancellationToken).ConfigureAwait(false))
            if (BackupKeys.Base(leftover.Key) == BackupKeys.Base(key)) await store.RemoveLeftoverAsync(leftover, cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
