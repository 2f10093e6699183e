using System.Globalization;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Whether a backup can be restored into a server, before anything is begun.</summary>
internal static class CacheFit
{
    private const int UsualDatabases = 16;

    /// <summary>Refuses a server that cannot take it.</summary>
    /// <exception cref="OpsException"><c>CacheServerUnsupported</c>, <c>CacheVersionTooOld</c>, <c>CacheModulesMissing</c>,
    /// <c>CacheWouldEvict</c>.</exception>
    public static void Check(CacheSurvey survey, BackupRecord backup)
    {
        if (survey.IsReplica)
            throw CacheErrors.CacheServerUnsupported.Make($"The cache {survey.Name} is a replica: its primary would overwrite what is restored.", "Restore into the primary.", survey.Name);
        CacheFacts facts = backup.Cache ?? throw CacheErrors.CacheServerUnsupported.Make($"The manifest of backup {backup.Id} does not say what cache it is of.", "Use another backup.", backup.Id);
        int reads = survey.RdbVersion;
        if (facts.RdbVersion > reads)
            throw CacheErrors.CacheVersionTooOld.Make($"Backup {backup.Id} is of {facts.Server} {backup.ServerVersion} (RDB {facts.RdbVersion}), and the cache {survey.Name} is {survey.Server} {survey.Version}, which reads RDB {reads} at most.",
                $"Restore into a server of version {backup.ServerVersion} or later.", survey.Name);
        if (facts.Modules.Count > 0 && !survey.HasModules)
            throw CacheErrors.CacheModulesMissing.Make($"Backup {backup.Id} holds data of modules ({string.Join(", ", facts.Modules)}), and the cache {survey.Name} has none loaded.",
                "Load the modules first.", survey.Name);
        if (survey.MaxMemory > 0 && survey.UsedMemory + facts.UsedMemory > survey.MaxMemory)
            throw CacheErrors.CacheWouldEvict.Make(
                $"The cache {survey.Name} uses {SizeText.Show(survey.UsedMemory)} of its maxmemory of {SizeText.Show(survey.MaxMemory)}, and the backup's server used {SizeText.Show(facts.UsedMemory)}: "
                + (survey.Policy == "noeviction" ? "there is no room to load it beside what is live."
                    : $"{survey.Policy} would throw keys away while it is loaded."),
                "Raise maxmemory (CONFIG SET maxmemory) until what was replaced is removed.", survey.Name);
    }

    /// <summary>Refuses a backup of whose functions not all can be read.</summary>
    /// <exception cref="OpsException"><c>CacheKeyRefused</c>.</exception>
    public static void CheckFunctions(BackupRecord backup, int counted, int read)
    {
        if (read >= counted) return;
        throw CacheErrors.CacheKeyRefused.Make($"Backup {backup.Id} holds {counted} libraries of functions, and {counted - read} of them "
            + "are longer than this version restores (16 MiB). Nothing that is live was changed.",
            "Restore the keys of a pattern (-Pattern), which leaves functions as they are.", backup.Id);
    }

    /// <summary>Which databases keep what an earlier restore has replaced, and of which restore that is.</summary>
    public static async Task<IReadOnlyDictionary<int, string>> FindKeepingAsync(RedisConnection connection, IEnumerable<int> databases,
        CancellationToken ct)
    {
        var found = new Dictionary<int, string>();
        foreach (int database in databases)
        {
            await AskAsync(connection, ["SELECT", CacheMark.Text(database)], ct).ConfigureAwait(false);
            string cursor = "0";
            do
            {
                string[] scan = ["SCAN", cursor, "MATCH", CacheMark.KeyOf("*"), "COUNT", "10000"];
                RedisReply said = await AskAsync(connection, scan, ct).ConfigureAwait(false);
                if (said is not RedisList { Items: [{ Text: var next }, RedisList page] }) break;
                cursor = next;
                foreach (string key in page.Items.Select(i => i.Text).Where(k => !k.EndsWith(":put", StringComparison.Ordinal)))
                {
                    RedisReply state = await connection.CallAsync(["GET", key], ct).ConfigureAwait(false);
                    if (state.Text is CacheMark.Kept or CacheMark.Back or CacheMark.Mixed)
                        found[database] = key[CacheMark.KeyOf("").Length..];
                }
            }
            while (cursor != "0" && !found.ContainsKey(database));
        }
        return found;
    }

    private static async Task<RedisReply> AskAsync(RedisConnection connection, string[] words, CancellationToken ct)
    {
        RedisReply reply = await connection.CallAsync(words, ct).ConfigureAwait(false);
        return reply is RedisError error ? throw connection.Refused(words[0], error) : reply;
    }

    /// <summary>Empty databases that are not restored themselves, the highest first.</summary>
    /// <exception cref="OpsException"><c>CacheNoSpareDatabase</c>.</exception>
    public static async Task<int[]> FindSparesAsync(CacheSurvey survey, RedisConnection connection, int[] restored, int each,
        CancellationToken ct)
    {
        // Who may not ask has as many as nobody has changed.
        int count = await connection.CallAsync(["CONFIG", "GET", "databases"], ct).ConfigureAwait(false)
            is RedisList { Items: [_, { Text: var text }] }
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int said) ? said : UsualDatabases;
        int[] spare = [.. Enumerable.Range(0, count).Reverse().Where(d => !restored.Contains(d) && !survey.Databases.ContainsKey(d))
            .Take(restored.Length * each)];
        return spare.Length == restored.Length * each ? spare : throw CacheErrors.CacheNoSpareDatabase.Make(
            $"The cache {survey.Name} has {count} databases, and {spare.Length} of them are empty; {restored.Length * each} are needed to load into.",
            "Remove what earlier restores have kept (Remove-OpsCacheRestore), raise 'databases', or restore fewer with -Database.",
            survey.Name);
    }
}
