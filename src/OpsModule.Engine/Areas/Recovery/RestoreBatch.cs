using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Sorts what one call is to put in place of live data by what it would replace, and refuses what would undo itself: two different things
/// for the same database or tenant, or a whole database together with a tenant of it.
/// </summary>
public static class RestoreBatch
{
    /// <summary>The restores of one call: one entry for each database or tenant, with the backup's other stores behind the first.</summary>
    /// <param name="environment">The environment that they are restored into.</param>
    /// <param name="requests">All that was given, in its order.</param>
    /// <param name="refuse">Told of each conflict; nothing of what is in conflict is returned.</param>
    public static IReadOnlyList<IReadOnlyList<RestoreRequest>> Of(OpsEnvironment environment, IEnumerable<RestoreRequest> requests, Action<OpsException> refuse) =>
        Sort(requests, r => new Place(DatabaseOf(environment, r), r.As is null ? r.Tenant ?? r.Backup.Tenant : null), r => r.Backup.Id, refuse,
            several => Ambiguous(RestoreService.Summarize(several[0]).Target, several),
            (database, whole, tenants) => Overlap(environment, database, whole, tenants));

    /// <summary>The undoings of one call: each restore once.</summary>
    /// <param name="environment">The environment that they are of.</param>
    /// <param name="restores">All that was given, in its order.</param>
    /// <param name="refuse">Told of each conflict; nothing of what is in conflict is returned.</param>
    public static IReadOnlyList<RestoreRecord> OfUndo(OpsEnvironment environment, IEnumerable<RestoreRecord> restores, Action<OpsException> refuse) =>
        [.. Sort(restores, r => new Place(Identity(environment, r.Name), r.Kind == RestoreKind.Schema ? r.Tenant ?? r.Schema : null), r => $"{r.Id} {r.ReplacedName}", refuse,
            several => AmbiguousUndo(Described(several[0]), several),
            (_, whole, tenants) => AmbiguousUndo($"database {whole.Name} and its tenants", [whole, .. tenants])).Select(same => same[0])];

    private static List<IReadOnlyList<T>> Sort<T>(IEnumerable<T> given, Func<T, Place> placeOf, Func<T, string> idOf, Action<OpsException> refuse,
        Func<IReadOnlyList<T>, OpsException> ambiguous, Func<string, T, IReadOnlyList<T>, OpsException> overlap)
    {
        var agreed = new List<IReadOnlyList<T>>();
        foreach (var database in given.GroupBy(placeOf).GroupBy(p => p.Key.Database))
        {
            T[] tenants = [.. database.Where(p => p.Key.Tenant is not null).Select(p => p.First())];
            if (tenants.Length > 0 && database.FirstOrDefault(p => p.Key.Tenant is null) is { } whole)
            {
                refuse(overlap(database.Key, whole.First(), tenants));
                continue;
            }
            foreach (T[] same in database.Select(p => p.ToArray()))
            {
                if (same.Select(idOf).Distinct().Skip(1).Any()) refuse(ambiguous(same));
                else agreed.Add(same);
            }
        }
        return agreed;
    }

    private static string DatabaseOf(OpsEnvironment environment, RestoreRequest request) =>
        request.As is { } other ? $"as {other}" : Identity(environment, request.DatabaseName);

    /// <summary>Two entries of the environment may be the same database; where it lies tells.</summary>
    private static string Identity(OpsEnvironment environment, string name)
    {
        if (!environment.Databases.TryGetValue(name, out DatabaseSettings? settings)) return name;
        string host = settings.Service is { } service ? "service " + service : settings.Host is null or "localhost" or "::1" ? "127.0.0.1" : settings.Host.ToLowerInvariant();
        return $"{host}:{settings.Port}/{settings.Database}";
    }

    private static OpsException Ambiguous(string target, IReadOnlyList<RestoreRequest> several)
    {
        RestoreRequest first = several[0], other = several.First(r => r.Backup.Id != first.Backup.Id);
        return new OpsException("BackupAmbiguous", OpsErrorCategory.InvalidArgument,
            $"Different backups were given for {target}: {first.Backup.Id} (store {first.Backup.Store}) and {other.Backup.Id} (store {other.Backup.Store}). Nothing was restored.",
            "Name one of them by its id, or list those of one store only with Get-OpsBackup -Store.", first.Backup.Id);
    }

    private static OpsException Overlap(OpsEnvironment environment, string database, RestoreRequest whole, IReadOnlyList<RestoreRequest> tenants)
    {
        string name = environment.Databases.Values.FirstOrDefault(d => Identity(environment, d.Name) == database)?.Name ?? whole.DatabaseName;
        string[] names = [.. tenants.Select(t => t.Tenant ?? t.Backup.Tenant!)];
        string listed = string.Join(", ", names.Take(5)) + (names.Length > 5 ? $" and {names.Length - 5} more" : "");
        return new OpsException("BackupAmbiguous", OpsErrorCategory.InvalidArgument,
            $"A backup of the whole database {name} ({whole.Backup.Id}) and backups of its tenants ({listed}) were given in one call: one would be restored over the other. Nothing of {name} was restored.",
            "Say which is meant: Get-OpsBackup -Full for the whole database, or Get-OpsBackup -Tenant for single tenants.", whole.Backup.Id);
    }

    private static OpsException AmbiguousUndo(string target, IReadOnlyList<RestoreRecord> several) => new("RestoreAmbiguous", OpsErrorCategory.InvalidArgument,
        $"{several.Count} restores of {target} were given in one call: {string.Join(", ", several.Take(5).Select(r => r.Id))}. One would be put back over the other. Nothing of it was put back.",
        "Undo one of them by its id. To undo the last one, list those of one database or tenant and take the first: Get-OpsRestore -Tenant NAME | Select-Object -First 1 | Undo-OpsRestore.", several[0].Id);

    private static string Described(RestoreRecord restore) =>
        restore.Kind == RestoreKind.Schema ? $"tenant {restore.Tenant ?? restore.Schema} of database {restore.Name}" : $"database {restore.Name}";

    private sealed record Place(string Database, string? Tenant);
}
