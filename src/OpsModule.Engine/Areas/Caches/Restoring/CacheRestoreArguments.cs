using System.Globalization;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>What the plan of a restore says: which backup, out of which stores, into which databases.</summary>
internal sealed record CacheRestoreArguments
{
    private const int MostDatabases = 65536;

    public required string Name { get; init; }

    /// <summary>The backup's id.</summary>
    public required string Backup { get; init; }

    /// <summary>Where it lies: store, key and SHA-256.</summary>
    public required IReadOnlyList<(string Store, string Key, string Sha256)> Sources { get; init; }

    /// <summary>Each database that is restored, and the empty one that is loaded into.</summary>
    public required IReadOnlyDictionary<int, int> Staged { get; init; }

    /// <summary>Each database that is restored, and the empty one that keeps what is replaced; empty where both are one.</summary>
    public IReadOnlyDictionary<int, int> Kept { get; init; } = new Dictionary<int, int>();

    public string? Pattern { get; init; }

    public bool ShiftExpiry { get; init; }

    /// <summary>True when the backup's functions are loaded, too.</summary>
    public bool Functions { get; init; }

    public string Target => new BackupSubject(BackupKind.Cache, Name, null).Target;

    /// <summary>As they stand in a plan.</summary>
    public Dictionary<string, string> Write()
    {
        var arguments = new Dictionary<string, string> { ["cache"] = Name, ["backup"] = Backup, ["staged"] = Text(Staged) };
        if (Kept.Count > 0) arguments["kept"] = Text(Kept);
        if (Pattern is not null) arguments["pattern"] = Pattern;
        if (ShiftExpiry) arguments["shift-expiry"] = "true";
        if (Functions) arguments["functions"] = "true";
        for (int i = 0; i < Sources.Count; i++)
        {
            arguments[$"source.{i}.store"] = Sources[i].Store;
            arguments[$"source.{i}.key"] = Sources[i].Key;
            arguments[$"source.{i}.sha256"] = Sources[i].Sha256;
        }
        return arguments;
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">They contradict one another, or the backup is none of a cache of this environment.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing.</exception>
    public static CacheRestoreArguments Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        var sources = new List<(string, string Key, string)>();
        while (given.TryGetValue($"source.{sources.Count}.store", out string? store))
            sources.Add((store, given[$"source.{sources.Count}.key"], given[$"source.{sources.Count}.sha256"]));
        string backup = given["backup"];
        if (sources.Count == 0) throw new FormatException("it names no store.");
        if (sources.FirstOrDefault(s => BackupKeys.IdOf(s.Key, plan.Environment, BackupKind.Cache) != backup) is { Key: { } other })
            throw new FormatException($"{other} is not the backup {backup}.");
        var read = new CacheRestoreArguments
        {
            Name = given["cache"], Backup = backup, Sources = sources, Staged = Numbers(given["staged"]),
            Kept = given.TryGetValue("kept", out string? kept) ? Numbers(kept) : new Dictionary<int, int>(),
            Pattern = given.GetValueOrDefault("pattern"),
            ShiftExpiry = given.GetValueOrDefault("shift-expiry") == "true", Functions = given.GetValueOrDefault("functions") == "true",
        };
        // What is loaded into, or kept in, must not be one that is live.
        int[] all = [.. read.Staged.Keys, .. read.Staged.Values, .. read.Kept.Values];
        if (read.Staged.Count == 0 || all.Distinct().Count() != all.Length
            || (read.Kept.Count > 0 && !read.Kept.Keys.Order().SequenceEqual(read.Staged.Keys.Order())))
            throw new FormatException("a database stands in it twice.");
        return read;
    }

    private static string Text(IReadOnlyDictionary<int, int> map) =>
        string.Join(',', map.OrderBy(m => m.Key).Select(m => FormattableString.Invariant($"{m.Key}:{m.Value}")));

    private static Dictionary<int, int> Numbers(string text) =>
        text.Split(',').Select(p => p.Split(':')).ToDictionary(p => Number(p[0]), p => Number(p[1]));

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < MostDatabases
        ? number : throw new FormatException($"{text} is no number of a database.");
}
