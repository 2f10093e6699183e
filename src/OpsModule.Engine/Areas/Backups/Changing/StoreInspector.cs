using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Looks for what does not belong: objects without a manifest, altered manifests, leftovers of uploads.</summary>
public sealed class StoreInspector(OpsContext context)
{
    private const string Action = "Remove-OpsBackup";

    internal static readonly TimeSpan MinimumAge = TimeSpan.FromHours(24);

    /// <summary>All strays of the environment in the stores that the query means.</summary>
    public async IAsyncEnumerable<StrayObject> FindStraysAsync(BackupQuery query,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string name in new BackupCatalog(context).StoresOf(query))
        {
            IBackupStore store = context.OpenStore(name);
            string[] prefixes = [.. BackupKeys.Prefixes(context.Environment.Name, query)];
            var manifests = new HashSet<string>();
            var others = new List<StoredObject>();
            foreach (string prefix in prefixes)
            {
                await foreach (StoredObject found in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
                {
                    if (BackupKeys.IsManifest(found.Key)) manifests.Add(BackupKeys.Base(found.Key));
                    else if (query.Admits(found.Key)) others.Add(found);
                }
            }
            foreach (StoredObject other in others)
                if (!manifests.Contains(BackupKeys.Base(other.Key)))
                    yield return new StrayObject(name, other.Key, store.LocationOf(other.Key), BackupFinding.NoManifest, other.Modified,
                        other.Length,
                        "There is no manifest for it: a killed run left it, or the manifest was deleted.");
            await foreach (CatalogEntry entry in new BackupCatalog(context).ScanAsync(name, query with { Latest = false },
                cancellationToken).ConfigureAwait(false))
                if (entry.Problem is { } problem)
                    yield return new StrayObject(name, entry.Key, entry.Location, BackupFinding.ManifestAltered, default, -1,
                        $"The manifest cannot be trusted: {problem}.");
            foreach (string prefix in prefixes)
            {
                await foreach (StoreLeftover leftover in store.ListLeftoversAsync(prefix, cancellationToken).ConfigureAwait(false))
                    if (query.Admits(leftover.Key))
                        yield return new StrayObject(name, leftover.Key, leftover.Location ?? store.LocationOf(leftover.Key),
                            BackupFinding.Leftover, leftover.Started, -1,
                            "An upload was interrupted or is still under way.") { Leftover = leftover };
            }
        }
    }

    /// <summary>
    /// Plans the removal of a stray. A young one that the journal here knows nothing of may be the upload of another host that is still
    /// running: it is refused unless forced.
    /// </summary>
    /// <exception cref="OpsException"><c>TargetLocked</c> for a run of this host, <c>StrayIsYoung</c>.</exception>
    public ChangePlan Plan(StrayObject stray, bool force)
    {
        using (context.Locks.Acquire(TargetOf(stray.Key), Action)) { /* nobody works on it here */ }
        bool isOurs = force || context.Journal.FindUnfinished().Any(c => c.Data.GetValueOrDefault("backup") == BackupKeys.IdOf(stray.Key));
        if (!isOurs && context.Time.GetUtcNow() - stray.Since < MinimumAge) throw IsYoung(stray.Location, stray);
        string id = BackupKeys.IdOf(stray.Key);
        var arguments = new Dictionary<string,
            string> { ["backup"] = id, ["key"] = stray.Key, ["store"] = stray.Store, ["finding"] = stray.Finding.ToString(),
            ["location"] = stray.Location };
        if (stray.Leftover is { } leftover) arguments[RemoveStray.Upload] = leftover.Id;
        if (isOurs) arguments[RemoveStray.Young] = "true";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RemoveStray.KindName, Action = Action,
                Target = BackupKeys.Target(id, stray.Store), Subject = stray.Location,
            Summary = $"Remove what an interrupted backup left ({stray.Finding})", Arguments = arguments, Irreversible = true,
                PlannedAt = context.Time.GetUtcNow(),
            Identities = [RemoveStray.Identity(stray.Key, hasManifest: stray.Finding == BackupFinding.ManifestAltered)],
                Steps = [new PlannedStep("remove", $"Remove {stray.Location}.")],
        };
    }

    internal static OpsException IsYoung(string location, object target) => new("StrayIsYoung", OpsErrorCategory.ResourceBusy,
        $"{location} is younger than {MinimumAge.TotalHours:N0} hours and not of a run of this host; another host may still be writing it.",
        "Run the command again later, or use -Force when you know that no backup is running.", target);

    /// <summary>The lock's name of what a stray would have been a backup of.</summary>
    internal static string TargetOf(string key) => BackupKeys.Parse(key)?.Target ?? key;
}
