using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>
/// Lists the backups of a store by kind, name and tenant in one pass, from the listing alone. One group at a time is in memory.
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
        var asked = new BackupQuery { Kinds = query.Kinds, Names = query.Names, Tenants = query.Tenants };
        foreach (BackupKind kind in query.Kinds ?? BackupKinds.All)
        {
            string? folder = null;
            var found = new List<StoredObject>();
            await foreach (StoredObject one in store.ListAsync(Prefix(query, kind), cancellationToken).ConfigureAwait(false))
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
    }

    /// <summary>The one group of a database, tenant, cache ...; it is empty when there is no backup.</summary>
    public async Task<BackupGroup> FindAsync(string storeName, BackupSubject of, CancellationToken cancellationToken)
    {
        var query = new BackupQuery { Kinds = [of.Kind], Name = of.Name, Tenants = of.Tenant is { } tenant ? [tenant] : [] };
        await foreach (BackupGroup group in ListAsync(storeName, query, cancellationToken).ConfigureAwait(false))
            if (group.Of == of) return group;
        return new BackupGroup(storeName, of, []);
    }

    private string Prefix(BackupQuery query, BackupKind kind)
    {
        string environment = context.Environment.Name;
        if (query.Name is not { } name) return BackupKeys.Prefix(environment, null, kind);
        return query.Tenants switch
        {
            [] => BackupKeys.GroupPrefix(environment, name, null, kind),
            [var tenant] when tenant != "*" && kind == BackupKind.Database => BackupKeys.GroupPrefix(environment, name, tenant),
            _ => BackupKeys.Prefix(environment, name, kind),
        };
    }

    private static BackupGroup? GroupOf(string store, string? folder, List<StoredObject> found)
    {
        if (folder is null || BackupKeys.Parse(folder + "x") is not { } of) return null;
        BackupEntry[] entries = [.. found.GroupBy(o => BackupKeys.Base(o.Key), StringComparer.Ordinal).Select(EntryOf).OfType<BackupEntry>()
            .OrderByDescending(e => e.StartedAt).ThenByDescending(e => e.StoredAt).ThenByDescending(e => e.Id, StringComparer.Ordinal)];
        return entries.Length == 0 ? null : new BackupGroup(store, of, entries);
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
