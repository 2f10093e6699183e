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
    /// <param name="kinds">Only these kinds; null for all.</param>
    public static IReadOnlyList<(BackupSubject Subject, string Id, string File)> Of(OpsEnvironment environment,
        IReadOnlyCollection<string>? stores = null, IReadOnlyList<BackupKind>? kinds = null)
    {
        var found = new List<(BackupSubject Subject, string Id, string File)>();
        long begun = TimeProvider.System.GetTimestamp();
        int looked = 0;
        foreach (StoreSettings store in environment.Backups.Stores.Values.Where(s => s.Path is not null && stores?.Contains(s.Name, StringComparer.OrdinalIgnoreCase) is not false))
        {
            // What a link leads to is no part of the store, and may hang.
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 4 };
            foreach (string prefix in (kinds ?? BackupKinds.All).Select(k => BackupKeys.Prefix(environment.Name, null, k)))
            {
                string root = Path.Combine(store.Path!, prefix.TrimEnd('/'));
                foreach (string file in Directory.Exists(root) ? Directory.EnumerateFiles(root, "*.json", options) : [])
                {
                    if (++looked > AlwaysLookedAt && TimeProvider.System.GetElapsedTime(begun) > Limit) break;
                    string key = prefix + Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/');
                    if (BackupKeys.IsManifest(key) && BackupKeys.Parse(key) is { } of) found.Add((of, BackupKeys.IdOf(key), file));
                }
            }
        }
        return [.. found.OrderByDescending(f => f.Id, StringComparer.Ordinal)];
    }

    /// <summary>The ids, newest first, with age, size and whether they were verified.</summary>
    public static IEnumerable<KnownName> Ids(OpsEnvironment environment, IReadOnlyCollection<string>? stores,
        IReadOnlyList<BackupKind>? kinds, Func<string, string?, bool> wanted)
    {
        int read = 0;
        foreach (var copies in Of(environment, stores, kinds).Where(b => wanted(b.Subject.Name, b.Subject.Tenant)).GroupBy(b => b.Id))
        {
            (BackupSubject of, string id, string file) = copies.First();
            string about = of.Brief + (BackupKeys.TimeOf(id) is { } time ? $", {Age(DateTimeOffset.UtcNow - time)} old" : "");
            if (++read <= MostRead) about += Size(file) + (copies.Any(c => File.Exists(c.File[..^".json".Length] + ".verified.json")) ? ", verified" : ", not verified");
            yield return new KnownName(id, about);
        }
    }

    private static string Age(TimeSpan age) => age.TotalDays >= 2 ? $"{(int)age.TotalDays} days" : age.TotalHours >= 2 ? $"{(int)age.TotalHours} hours" : $"{Math.Max(0, (int)age.TotalMinutes)} minutes";

    /// <summary>The size of what lies beside the manifest.</summary>
    private static string Size(string manifest)
    {
        string folder = Path.GetDirectoryName(manifest)!, stem = Path.GetFileNameWithoutExtension(manifest);
        foreach (string ending in BackupKinds.All
            .SelectMany(k => new[] { ".zst", ".zst.age", ".gz", ".gz.age", "", ".age" }.Select(e => k.Suffix() + e)))
            if (new FileInfo(Path.Combine(folder, stem + ending)) is { Exists: true, Length: var bytes }) return FormattableString.Invariant($", {bytes / 1048576.0:N1} MiB");
        return "";
    }
}
