using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>
/// Remembers in the state folder since when each entry stands as it stands, so that what was added or moved a moment ago is not overdue
/// since
/// yesterday.
/// </summary>
internal sealed class ScheduleMemory(OpsContext context)
{
    private sealed record Seen(string At, DateTimeOffset Since);

    private string Folder => Path.Combine(context.Environment.StateDirectory, "schedules");

    // Several environments may share a state folder.
    private string FilePath => Path.Combine(Folder, context.Environment.Name + ".json");

    /// <summary>Since when these entries have the times that they have; what is seen for the first time stands since now.</summary>
    /// <returns>By name; what could not be kept is not in it.</returns>
    public IReadOnlyDictionary<string, DateTimeOffset> Since(IReadOnlyCollection<ScheduleEntry> entries)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        Dictionary<string, Seen> known = Read(), wanted = new(StringComparer.OrdinalIgnoreCase);
        // All that the file has, whoever was asked for: what is no longer there is forgotten, and begins anew if it comes back.
        foreach (ScheduleEntry entry in context.Environment.Section<ScheduleSettings>().Entries.Values)
        {
            Seen? seen = known.GetValueOrDefault(entry.Name);
            // A stamp from the future comes of a clock that was wrong.
            wanted[entry.Name] = seen is not null && seen.At == entry.At && seen.Since <= now ? seen : new Seen(entry.At, now);
        }
        bool isNew = wanted.Count != known.Count || wanted.Any(w => known.GetValueOrDefault(w.Key) != w.Value);
        if (isNew && !Write(wanted)) wanted = known.Where(k => wanted.GetValueOrDefault(k.Key) == k.Value)
            .ToDictionary(k => k.Key, k => k.Value, StringComparer.OrdinalIgnoreCase);
        return entries.Where(e => wanted.ContainsKey(e.Name)).ToDictionary(e => e.Name, e =>
            wanted[e.Name].Since, StringComparer.OrdinalIgnoreCase);
    }

    private Dictionary<string, Seen> Read()
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(FilePath);
            return new(file is null ? [] : JsonSerializer.Deserialize<Dictionary<string, Seen>>(file) ?? [],
                StringComparer.OrdinalIgnoreCase);
        }
        // Damaged, or keys that differ in case alone: it begins anew.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException) {
            return new(StringComparer.OrdinalIgnoreCase); }
    }

    private bool Write(Dictionary<string, Seen> seen)
    {
        try
        {
            StateFolder.Prepare(context.Environment.StateDirectory, Folder, FilePath);
            AtomicFile.Write(FilePath, JsonSerializer.SerializeToUtf8Bytes(seen));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException)
        {
            // Who only looks need not be able to write here; what cannot be told is Unknown then, never well.
            context.Reporter.Verbose($"Since when the entries of the schedule stand is not remembered: {e.Message}");
            return false;
        }
    }
}
