using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// Finds backups by names as people write them: databases, tenants and ids with wildcards and in any case. What no store knows is told, so that
/// a slip is not taken for "there is none".
/// </summary>
public sealed class BackupFinder(OpsContext context)
{
    /// <summary>Gives each backup that is meant, newest first within each store. A store that does not answer fails alone.</summary>
    /// <param name="written">What is asked for; names, tenants and ids as they were written.</param>
    /// <param name="found">Given each backup.</param>
    /// <param name="fail">Told of each name that is unknown, each pattern that nothing fits, and each store that does not answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task FindAsync(BackupQuery written, Action<BackupRecord> found, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        var seen = new HashSet<(string Store, string Key)>();
        var known = new HashSet<(BackupKind Kind, string Name, string? Tenant, string Id)>();
        bool isLookedUp = NeedsLooking(written);
        BackupQuery? query = isLookedUp ? await MeantAsync(written, fail, cancellationToken).ConfigureAwait(false) : written;
        bool whole = query is not null && await ListAsync(query).ConfigureAwait(false);
        if (!whole || isLookedUp || !IsLacking(written, known)) return;
        // Only what was not found costs a second look.
        if (await MeantAsync(written, fail, cancellationToken).ConfigureAwait(false) is { } meant && !IsSame(meant, written)) await ListAsync(meant).ConfigureAwait(false);

        async Task<bool> ListAsync(BackupQuery asked)
        {
            bool answered = true;
            foreach (string store in new BackupCatalog(context).StoresOf(asked))
            {
                try
                {
                    await foreach (BackupRecord backup in new BackupCatalog(context).ListAsync(asked with { Stores = [store] }, cancellationToken).ConfigureAwait(false))
                    {
                        known.Add((backup.Kind, backup.Name, backup.Tenant, backup.Id));
                        if (seen.Add((backup.Store, backup.Key))) found(backup);
                    }
                }
                catch (OpsException e)
                {
                    answered = false;
                    fail(e);
                }
            }
            return answered;
        }
    }

    /// <summary>The query with names and tenants as the stores have them; null when nothing is left of it.</summary>
    /// <param name="written">What is asked for.</param>
    /// <param name="fail">Told of what is unknown, and of each store that does not answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<BackupQuery?> ResolveAsync(BackupQuery written, Action<OpsException> fail, CancellationToken cancellationToken) =>
        written is { Names: null, Tenants: null or [] or ["*"] } ? written : await MeantAsync(written, fail, cancellationToken).ConfigureAwait(false);

    /// <summary>Of exact names the stores themselves tell; only wildcards, which an exact name goes before, need all names to be known.</summary>
    private static bool NeedsLooking(BackupQuery written) =>
        (written.Names ?? []).Concat(written.Tenants ?? []).Concat(written.Ids ?? []).Any(n => n != "*" && NamePattern.HasWildcard(n)) || (written.Names ?? []).Concat(written.Ids ?? []).Contains("*");

    private static bool IsSame(BackupQuery one, BackupQuery other)
    {
        return Same(one.Names, other.Names) && Same(one.Tenants, other.Tenants) && Same(one.Ids, other.Ids);

        static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) => one is null ? other is null : other is not null && one.SequenceEqual(other);
    }

    private static bool IsLacking(BackupQuery written, HashSet<(BackupKind Kind, string Name, string? Tenant, string Id)> found)
    {
        if (found.Count == 0) return written is not { Ids: null, Names: null, Tenants: null or [] };
        return written.Names?.Any(n => !found.Any(f => f.Name == n)) is true || written.Ids?.Any(i => !found.Any(f => f.Id == i)) is true
            || written.Tenants?.Any(t => t != "*" && !found.Any(f => f.Tenant == t)) is true;
    }

    /// <summary>The query with names as the stores have them; null when nothing is left of it. A name that is known and whose backups the query leaves out, by time for example, is no error.</summary>
    private async Task<BackupQuery?> MeantAsync(BackupQuery written, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        var stored = new HashSet<(BackupKind Kind, string Name, string? Tenant, string Id)>();
        var stores = new List<string>();
        foreach (string store in new BackupCatalog(context).StoresOf(written))
        {
            try
            {
                foreach (BackupKind kind in written.Kinds ?? BackupKinds.All)
                {
                    await foreach (StoredObject found in context.OpenStore(store)
                        .ListAsync(BackupKeys.Prefix(context.Environment.Name, null, kind), cancellationToken).ConfigureAwait(false))
                        if (BackupKeys.IsManifest(found.Key) && BackupKeys.Parse(found.Key) is { } of)
                            stored.Add((of.Kind, of.Name, of.Tenant, BackupKeys.IdOf(found.Key)));
                }
                stores.Add(store);
            }
            catch (OpsException e) { fail(e); }
        }
        return stores.Count == 0 ? null : Meant(written with { Stores = stores }, stored, fail);
    }

    private BackupQuery? Meant(BackupQuery written, HashSet<(BackupKind Kind, string Name, string? Tenant, string Id)> stored,
        Action<OpsException> fail)
    {
        // Where several kinds are asked for, a name may be one of each.
        string of = "", what = written.Kinds is [var only] ? only.Word() : "database or cache";
        IReadOnlyList<string>? names = null, tenants = written.Tenants, ids = null;
        if (written.Names is not null)
        {
            string[] known = [.. NamesOf(written.Kinds).Union(stored.Select(s => s.Name))];
            names = NamePattern.ChooseAll(written.Names, known, what, name => Unknown(name, known, written.Kinds), fail);
            if (names.Count == 0) return null;
            stored = [.. stored.Where(s => names.Contains(s.Name))];
            of = names.Count == 1 ? $" of {what} {names[0]}" : "";
        }
        if (written.Tenants is { Count: > 0 })
        {
            string[] known = [.. stored.Select(s => s.Tenant).OfType<string>().Distinct()];
            tenants = NamePattern.ChooseAll(written.Tenants, known, $"tenant with a backup{of}", tenant => new OpsException("BackupNotFound", OpsErrorCategory.ObjectNotFound,
                $"There is no backup of tenant {tenant}{of}.{Hint(tenant, known)}", "List the tenants that have one with Get-OpsBackup -Tenant *.", tenant), fail);
            if (tenants.Count == 0) return null;
        }
        if (written.Ids is not null)
        {
            string[] known = [.. stored.Select(s => s.Id).Distinct()];
            ids = NamePattern.ChooseAll(written.Ids, known, $"id of a backup{of}", id => new OpsException("BackupNotFound", OpsErrorCategory.ObjectNotFound,
                $"There is no backup{of} with the id {id}.{Hint(id, known)}", "List what there is with Get-OpsBackup.", id), fail);
            if (ids.Count == 0) return null;
        }
        return written with { Names = names, Tenants = tenants, Ids = ids };
    }

    private IEnumerable<string> NamesOf(IReadOnlyList<BackupKind>? kinds)
    {
        foreach (BackupKind kind in kinds ?? BackupKinds.All)
        {
            foreach (string name in kind switch
            {
                BackupKind.Database => context.Environment.Databases.Keys,
                BackupKind.Cache => context.Environment.Caches.Keys,
                _ => [],
            }) yield return name;
        }
    }

    private OpsException Unknown(string name, string[] known, IReadOnlyList<BackupKind>? kinds)
    {
        string hint = known.Length > 0 ? $"Name one of these: {string.Join(", ", known)}." : "Add it to the environment file.";
        (string id, string what) = kinds switch
        {
            [BackupKind.Database] => ("DatabaseUnknown", "database"),
            [BackupKind.Cache] => ("CacheUnknown", "cache"),
            [BackupKind.Configuration] => ("ConfigurationUnknown", "configuration"),
            _ => ("DatabaseUnknown", "database or cache"),
        };
        if (known.Length == 0 && kinds is [BackupKind.Database]) hint = "Add it under databases: in the environment file.";
        return new OpsException(id, OpsErrorCategory.ObjectNotFound,
            $"Neither the environment {context.Environment.Name} nor a store knows a {what} named {name}.{Hint(name, known)}", hint, name);
    }

    private static string Hint(string name, IEnumerable<string> known) => NearestName.Of(name, known) is { } near ? $" Did you mean {near}?" : "";
}
