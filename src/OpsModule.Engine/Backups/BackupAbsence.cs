using OpsModule.Engine.Environments;
using OpsModule.Engine.Stores;

namespace OpsModule.Engine.Backups;

/// <summary>Says of a query that names a database, a tenant or an id which of these no store knows at all.</summary>
public sealed class BackupAbsence(OpsContext context)
{
    /// <summary>
    /// One error for each name that is unknown, with the nearest one that is not. A known name whose backups a query leaves out (by time,
    /// say) is no error, and neither is one with wildcards.
    /// </summary>
    public async Task<IReadOnlyList<OpsException>> ExplainAsync(BackupQuery query, CancellationToken cancellationToken)
    {
        var stored = new HashSet<(string Name, string? Tenant, string Id)>();
        foreach (string store in new BackupCatalog(context).StoresOf(query))
        {
            string prefix = BackupKeys.Prefix(context.Environment.Name, null);
            await foreach (StoredObject found in context.OpenStore(store).ListAsync(prefix, cancellationToken).ConfigureAwait(false))
                if (BackupKeys.IsManifest(found.Key) && BackupKeys.Parse(found.Key) is var (name, tenant)) stored.Add((name, tenant, BackupKeys.IdOf(found.Key)));
        }
        return [.. Explain(query, stored)];
    }

    private IEnumerable<OpsException> Explain(BackupQuery query, HashSet<(string Name, string? Tenant, string Id)> stored)
    {
        string[] databases = [.. context.Environment.Databases.Keys.Union(stored.Select(s => s.Name))];
        if (query.OnlyName is { } name)
        {
            if (!databases.Contains(name))
            {
                yield return new OpsException("DatabaseUnknown", OpsErrorCategory.ObjectNotFound,
                    $"Neither the environment {context.Environment.Name} nor a store knows a database named {name}.{Hint(name, databases)}",
                    databases.Length == 0 ? "Add it under databases: in the environment file." : $"Name one of these: {string.Join(", ", databases)}.", name);
                yield break;
            }
            stored = [.. stored.Where(s => s.Name == name)];
        }
        string of = query.OnlyName is null ? "" : $" of database {query.OnlyName}";
        string[] tenants = [.. stored.Select(s => s.Tenant).OfType<string>().Distinct()];
        foreach (string tenant in query.Tenants ?? [])
        {
            if (!BackupQuery.HasWildcard(tenant) && !tenants.Contains(tenant))
                yield return new OpsException("BackupNotFound", OpsErrorCategory.ObjectNotFound, $"There is no backup of tenant {tenant}{of}.{Hint(tenant, tenants)}",
                    "List the tenants that have one with Get-OpsBackup -Tenant *.", tenant);
        }
        if (query.Id is { } id && !stored.Any(s => s.Id == id))
            yield return new OpsException("BackupNotFound", OpsErrorCategory.ObjectNotFound, $"There is no backup{of} with the id {id}.{Hint(id, stored.Select(s => s.Id))}",
                "List what there is with Get-OpsBackup.", id);
    }

    private static string Hint(string name, IEnumerable<string> known) => NearestName.Of(name, known) is { } near ? $" Did you mean {near}?" : "";
}
