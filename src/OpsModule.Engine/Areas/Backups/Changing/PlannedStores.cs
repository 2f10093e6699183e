using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>The stores that a plan makes one backup in, when a run is gone on with that was killed anywhere.</summary>
/// <param name="run">The run.</param>
/// <param name="stores">The stores of its plan.</param>
/// <param name="key">The backup's key, which is the same in all of them.</param>
internal sealed class PlannedStores(ChangeRun run, IReadOnlyList<string> stores, string key)
{
    private readonly Dictionary<string, OpsException> _refused = new(StringComparer.Ordinal);

    /// <summary>Removes what is no backup; true when one is complete in some store.</summary>
    /// <exception cref="OpsException">What a store says that cannot be asked, when no other has it: it may be complete there.</exception>
    public async Task<bool> ClearAsync(CancellationToken cancellationToken)
    {
        bool complete = false;
        var unasked = new List<(string Store, OpsException Why)>();
        foreach (string store in stores)
        {
            try
            {
                complete |= !await InterruptedBackups.RemoveAsync(run, run.Context.OpenStore(store), key,
                    cancellationToken).ConfigureAwait(false);
            }
            catch (OpsException e) { unasked.Add((store, e)); }
        }
        if (unasked.Count > 0 && !complete) throw unasked[0].Why;
        foreach ((string store, OpsException why) in unasked)
            run.Context.Reporter.Warning($"Store {store} could not be cleaned up: {why.Message} Test-OpsBackup will report what is left.");
        return complete;
    }

    /// <summary>Copies the backup that some have into those that lack it.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        (List<BackupRecord> there, var missing) = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (there.Count == 0) return;
        foreach ((string store, OpsException _) in missing)
        {
            IBackupStore to = run.Context.OpenStore(store);
            try
            {
                // One that is there and cannot be trusted is not ours to replace.
                if (await to.FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false) is null)
                    await CopyBackup.CopyAsync(run, there[0], to, cancellationToken).ConfigureAwait(false);
            }
            catch (OpsException e) { _refused[store] = e; }
        }
    }

    /// <summary>What the stores have; each that lacks the backup, or cannot be asked, is a failure.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c> when none has it; what one says that cannot be asked.</exception>
    public async Task<BackupOutcome> FindAsync(CancellationToken cancellationToken)
    {
        (List<BackupRecord> found, var missing) = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
            throw _refused.Values.FirstOrDefault() ?? missing.Find(m => !BackupErrors.BackupNotFound.Is(m.Why)).Why ?? missing[0].Why;
        return new BackupOutcome(found, [.. missing.Select(m => Missing(m.Store, m.Why))]);
    }

    private async Task<(List<BackupRecord> Found, List<(string Store, OpsException Why)> Missing)> LookAsync(CancellationToken ct)
    {
        var found = new List<BackupRecord>();
        var missing = new List<(string, OpsException)>();
        foreach (string store in stores)
        {
            try { found.Add(await new BackupCatalog(run.Context).FindAtAsync(store, key, ct).ConfigureAwait(false)); }
            // That one is down is no reason to keep silent about what the others have.
            catch (OpsException e) { missing.Add((store, e)); }
        }
        return (found, missing);
    }

    private OpsException Missing(string store, OpsException error)
    {
        if (!BackupErrors.BackupNotFound.Is(error) && !_refused.ContainsKey(store))
            return new OpsException(error.ErrorId, error.Category,
                $"Whether store {store} has backup {BackupKeys.IdOf(key)} could not be asked: {error.Message}",
                $"{error.RecommendedAction} Then Copy-OpsBackup {BackupKeys.IdOf(key)} brings it there, if it is missing.".TrimStart(),
                error.Target, error);
        OpsException? refused = _refused.GetValueOrDefault(store);
        string why = refused is null ? "the run that made it was killed before it came there" : refused.Message.TrimEnd('.');
        return new OpsException(error.ErrorId, error.Category, $"{error.Message.TrimEnd('.')}: {why}.",
            $"{(refused is null ? "" : refused.RecommendedAction + " Then ")}Copy-OpsBackup {BackupKeys.IdOf(key)} brings it there.",
            error.Target, refused ?? error);
    }
}
