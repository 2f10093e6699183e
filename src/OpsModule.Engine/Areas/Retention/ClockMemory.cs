using System.Text.Json;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>Remembers in the state folder that somebody has said that this machine's clock is right, for one store.</summary>
internal sealed class ClockMemory(OpsContext context, string store)
{
    private sealed record Note(DateTimeOffset Accepted);

    private string File => Path.Combine(context.Environment.StateDirectory, "clocks", BackupKeys.Encode(store) + ".json");

    /// <summary>When that was; null when nobody has.</summary>
    public DateTimeOffset? Read()
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(File);
            return file is null ? null : JsonSerializer.Deserialize<Note>(file)?.Accepted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { return null; }
    }

    /// <summary>Notes that it was said now.</summary>
    public void Accept()
    {
        try
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(File)!);
            AtomicFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(new Note(context.Time.GetUtcNow())));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Reporter.Warning($"That the clock is right could not be remembered, and will be asked again: {e.Message}");
        }
    }
}
