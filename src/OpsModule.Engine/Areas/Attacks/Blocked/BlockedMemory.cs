using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Blocked;

/// <summary>
/// Remembers in the state folder how many addresses each source blocked in the last 14 days: at most one number an hour. Without an
/// environment nothing is remembered.
/// </summary>
/// <param name="folder">The state folder; null for none.</param>
/// <param name="name">The environment's name.</param>
/// <param name="now">The present.</param>
internal sealed class BlockedMemory(string? folder, string name, DateTimeOffset now)
{
    /// <summary>How long a number counts.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    /// <summary>How many numbers must be known, and of how long a time, before another one can be unusual.</summary>
    public const int FewestSamples = 12;

    private static readonly TimeSpan Between = TimeSpan.FromHours(1), Shortest = TimeSpan.FromDays(1);

    private sealed record Sample(DateTimeOffset Time, int Count);

    private readonly Dictionary<string, List<Sample>> _samples = Read(folder, name);

    private static string PathOf(string folder, string name) => Path.Combine(folder, "blocked", name + ".json");

    /// <summary>The sources of which something is known.</summary>
    public IEnumerable<(BlockedAddressSource Kind, string Source)> Sources => from key in _samples.Keys
        let slash = key.IndexOf('/') where slash > 0 && Enum.TryParse(key[..slash], out BlockedAddressSource _)
        select (Enum.Parse<BlockedAddressSource>(key[..slash]), key[(slash + 1)..]);

    /// <summary>How many a source blocks now, beside what is known of it; the number is remembered.</summary>
    public BlockedAddressCount Compare(BlockedAddressSource kind, string source, int count, DateTimeOffset? oldest)
    {
        string key = $"{kind}/{source}";
        if (!_samples.TryGetValue(key, out List<Sample>? samples)) _samples[key] = samples = [];
        samples.RemoveAll(s => s.Time < now - Kept || s.Time > now);
        bool enough = samples.Count >= FewestSamples && now - samples[0].Time >= Shortest;
        var result = new BlockedAddressCount { Kind = kind, Source = source, Count = count, Samples = samples.Count, Oldest = oldest };
        if (enough)
        {
            (int lowest, int highest) = (samples.Min(s => s.Count), samples.Max(s => s.Count));
            result = result with { Lowest = lowest, Highest = highest, Finding = Finding(source, count, lowest, highest) };
        }
        if (samples.Count == 0 || now - samples[^1].Time >= Between) samples.Add(new Sample(now, count));
        return result;
    }

    private static string? Finding(string source, int count, int lowest, int highest)
    {
        if (count >= lowest && count <= highest) return null;
        string range = FormattableString.Invariant($"in the last 14 days there were {lowest} to {highest}");
        return count > highest
            ? FormattableString.Invariant($"{source} blocks {count} addresses; {range}. An attack is going on, or somebody blocks too much.")
            : FormattableString.Invariant($"{source} blocks {count} addresses; {range}. It was emptied, or what fills it does not run.");
    }

    /// <summary>Writes down what is known; false when that cannot be.</summary>
    public bool Save()
    {
        if (folder is null) return true;
        string path = PathOf(folder, name);
        try
        {
            StateFolder.Prepare(folder, Path.GetDirectoryName(path)!, path);
            AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(_samples), AtomicFile.Private);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException) { return false; }
    }

    private static Dictionary<string, List<Sample>> Read(string? folder, string name)
    {
        try
        {
            using FileStream? file = folder is null ? null : PrivateFile.OpenForReading(PathOf(folder, name));
            return file is null ? [] : JsonSerializer.Deserialize<Dictionary<string, List<Sample>>>(file) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { return []; }
    }
}
