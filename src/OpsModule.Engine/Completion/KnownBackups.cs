using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Completion;

/// <summary>Backups in folders of this machine, by the names of their files alone. Nothing is connected to; what takes long is left out.</summary>
internal static class KnownBackups
{
    private const int AlwaysLookedAt = 500, MostRead = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(60);

    /// <summary>The backups, newest first.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="stores">Only these stores; null for all.</param>
    public static IReadOnlyList<(string Name, string? Tenant, string Id, string File)> Of(OpsEnvironment environment, IReadOnlyCollection<string>? stores = null)
    {
        var found = new List<(string Name, string? Tenant, string Id, string File)>();
        long begun = TimeProvider.System.GetTimestamp();
        int looked = 0;
        foreach (StoreSettings store in environment.Backups.Stores.Values.Where(s => s.Path is not null && stores?.Contains(s.Name, StringComparer.OrdinalIgnoreCase) is not false))
        {
            string root = Path.Combine(store.Path!, BackupKeys.Prefix(environment.Name, null).TrimEnd('/'));
            // What a link leads to is no part of the store, and may hang.
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 4 };
            foreach (string file in Directory.Exists(root) ? Directory.EnumerateFiles(root, "*.json", options) : [])
            {
                if (++looked > AlwaysLookedAt && TimeProvider.System.GetElapsedTime(begun) > Limit) break;
                string key = BackupKeys.Prefix(environment.Name, null) + Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/');
                if (BackupKeys.IsManifest(key) && BackupKeys.Parse(key) is var (name, tenant)) found.Add((name, tenant, BackupKeys.IdOf(key), file));
            }
        }
        return [.. found.OrderByDescending(f => f.Id, StringComparer.Ordinal)];
    }

    /// <summary>The ids, newest first, with age, size and whether they were verified.</summary>
    public static IEnumerable<KnownName> Ids(OpsEnvironment environment, IReadOnlyCollection<string>? stores, Func<string, string?, bool> wanted)
    {
        int read = 0;
        foreach (var copies in Of(environment, stores).Where(b => wanted(b.Name, b.Tenant)).GroupBy(b => b.Id))
        {
            (string name, string? tenant, string id, string file) = copies.First();
            string about = name + (tenant is null ? "" : $", tenant {tenant}") + (BackupKeys.TimeOf(id) is { } time ? $", {Age(DateTimeOffset.UtcNow - time)} old" : "");
            if (++read <= MostRead) about += Size(file) + (copies.Any(c => File.Exists(c.File[..^".json".Length] + ".verified.json")) ? ", verified" : ", not verified");
            yield return new KnownName(id, about);
        }
    }

    private static string Age(TimeSpan age) => age.TotalDays >= 2 ? $"{(int)age.TotalDays} days" : age.TotalHours >= 2 ? $"{(int)age.TotalHours} hours" : $"{Math.Max(0, (int)age.TotalMinutes)} minutes";

    /// <summary>The size of what lies beside the manifest.</summary>
    private static string Size(string manifest)
    {
        string folder = Path.GetDirectoryName(manifest)!, stem = Path.GetFileNameWithoutExtension(manifest);
        foreach (string ending in new[] { ".dump.zst", ".dump.zst.age", ".dump.gz", ".dump.gz.age", ".dump", ".dump.age" })
            if (new FileInfo(Path.Combine(folder, stem + ending)) is { Exists: true, Length: var bytes }) return FormattableString.Invariant($", {bytes / 1048576.0:N1} MiB");
        return "";
    }
}
