using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Health.Memories;

/// <summary>What had been counted at a time.</summary>
/// <param name="Counted">Counters that only rise, by name.</param>
/// <param name="Time">When.</param>
internal sealed record CounterNote(IReadOnlyDictionary<string, double> Counted, DateTimeOffset Time);

/// <summary>
/// Remembers in the environment's state folder what had been counted, so that the next run can tell what came in between: of a moment
/// nobody can say whether it was a burst.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="name">Whose counters: of this machine, of the services.</param>
internal sealed class CounterMemory(OpsContext context, string name)
{
    /// <summary>
    /// A shorter time is a moment. Two notes are kept, so that runs close to one another have a longer time to look back on.
    /// </summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(60);

    /// <summary>What is older says nothing of now.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromDays(2);

    private string File => Path.Combine(context.Environment.StateDirectory, "counters", name + ".json");

    /// <summary>Notes what was counted, and gives the newest note that is old enough to look back on; null when there is none.</summary>
    public CounterNote? Exchange(IReadOnlyDictionary<string, double> counted, DateTimeOffset now)
    {
        // A clock that was set back makes nothing older.
        CounterNote[] notes = [.. Read().Where(n => n.Time < now && now - n.Time < Most).OrderByDescending(n => n.Time)];
        if (notes.Length == 0 || now - notes[0].Time >= Least) Write([new CounterNote(counted, now), .. notes.Take(1)]);
        return notes.FirstOrDefault(n => now - n.Time >= Least);
    }

    private CounterNote[] Read()
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(File);
            return file is null ? [] : [.. (JsonSerializer.Deserialize<CounterNote?[]>(file) ?? []).Where(n => n?.Counted is not null)
                .Select(n => n!)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { return []; }
    }

    private void Write(CounterNote[] notes)
    {
        try
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(File)!);
            AtomicFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(notes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who only looks need not be able to write here.
            context.Reporter.Verbose($"What was counted of {name} is not remembered: {e.Message}");
        }
    }
}
