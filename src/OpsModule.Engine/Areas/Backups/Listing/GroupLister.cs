using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>
/// Lists the backups of a store by database and tenant in one pass, from the listing alone. One group at a time is in memory.
/// </summary>
internal sealed class GroupLister(OpsContext context)
{
    /// <summary>The groups that have a backup, in the order of their folders.</summary>
    /// <param name="storeName">The store.</param>
    /// <param name="query">Names and tenants; what it says of ids and times is not looked at.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<BackupGroup> ListAsync(string storeName, BackupQuery query,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(storeName);
        var asked = new BackupQuery { Names = query.Names, Tenants = query.Tenants };
        string? folder = null;
        var found = new List<StoredObject>();
        await foreach (StoredObject one in store.ListAsync(Prefix(query), cancellationToken).ConfigureAwait(false))
        {
            if (BackupKeys.Folder(one.Key) != folder)
            {
                if (GroupOf(storeName, folder, found) is { } group) yield return group;
                (folder, found) = (BackupKeys.Folder(one.Key), []);
            }
            if (asked.Admits(one.Key)) found.Add(one);
        }
        if (GroupOf(storeName, folder, found) is { } last) yield return last;
    }

    /// <summary>The one group of a database or tenant; it is empty when there is no backup.</summary>
    public async Task<BackupGroup> FindAsync(string storeName, string name, string? tenant, CancellationToken cancellationToken)
    {
        await foreach (BackupGroup group in ListAsync(storeName, new BackupQuery { Name = name, Tenants = tenant is null ? []
            : [tenant] }, cancellationToken).ConfigureAwait(false))
            if (group.Tenant == tenant) return group;
        return new BackupGroup(storeName, name, tenant, []);
    }

    private string Prefix(BackupQuery query)
    {
        if (query.Name is not { } name) return BackupKeys.Prefix(context.Environment.Name, null);
        return query.Tenants switch
        {
            [] => BackupKeys.GroupPrefix(context.Environment.Name, name, null),
            [var tenant] when tenant != "*" => BackupKeys.GroupPrefix(context.Environment.Name, name, tenant),
            _ => BackupKeys.Prefix(context.Environment.Name, name),
        };
    }

    private static BackupGroup? GroupOf(string store, string? folder, List<StoredObject> found)
    {
        if (folder is null || BackupKeys.Parse(folder + "x") is not var (name, tenant)) return null;
        BackupEntry[] entries = [.. found.GroupBy(o => BackupKeys.Base(o.Key), StringComparer.Ordinal).Select(EntryOf).OfType<BackupEntry>()
            .OrderByDescending(e => e.StartedAt).ThenByDescending(e => e.StoredAt).ThenByDescending(e => e.Id, StringComparer.Ordinal)];
        return entries.Length == 0 ? null : new BackupGroup(store, name, tenant, entries);
    }

    /// <summary>Null for what has no manifest, which is no backup.</summary>
    private static BackupEntry? EntryOf(IGrouping<string, StoredObject> parts)
    {
        if (BackupKeys.TimeOf(BackupKeys.IdOf(parts.Key)) is not { } started) return null;
        StoredObject? manifest = parts.FirstOrDefault(p => BackupKeys.IsManifest(p.Key));
        return manifest is null ? null : new BackupEntry
        {
            Base = parts.Key,
            Manifest = manifest,
            StartedAt = started,
            Object = parts.FirstOrDefault(p => BackupKeys.IsObject(p.Key)),
            VerifiedAt = parts.FirstOrDefault(p => BackupKeys.IsVerified(p.Key))?.Modified,
            IsPinned = parts.Any(p => p.Key == BackupKeys.Pin(p.Key)),
            HasLosses = parts.Any(p => p.Key == BackupKeys.Losses(p.Key)),
            HasFailed = parts.Any(p => p.Key == BackupKeys.Failed(p.Key)),
        };
    }
}
