using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Health.Memories;

/// <summary>
/// Remembers in the environment's state folder how many replicas a server had. One that is lost leaves no trace on its primary: it simply is
/// not there.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="key">Of which server: <c>databases.main</c>.</param>
/// <param name="role">In which role, where it may have several; each has a memory of its own.</param>
internal sealed class ReplicaMemory(OpsContext context, string key, string role = "")
{
    /// <summary>What is seen all the time is written no more often than that.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    private sealed record Seen(int Count, DateTimeOffset Time);

    private string Folder => Path.Combine(context.Environment.StateDirectory, "replicas");

    private string File => Path.Combine(Folder, key + role + ".json");

    /// <summary>How many there should be: as many as the environment file says, else as many as there were.</summary>
    /// <param name="seen">How many there are.</param>
    /// <param name="declared">How many the environment file says; null when it does not.</param>
    public int Expected(int seen, int? declared)
    {
        if (declared is { } number) return number;
        DateTimeOffset now = context.Time.GetUtcNow();
        Seen? before = Read();
        // One that is lost stays missing until somebody says that it is not to be there any more: nobody brings it back by waiting.
        if (before is not null && before.Count > seen) return before.Count;
        if (before?.Count != seen ? before is not null || seen > 0 : seen > 0 && (now - before.Time).Duration() > Fresh) Write(new Seen(seen, now));
        return seen;
    }

    /// <summary>What to do about one that is missing.</summary>
    /// <param name="left">How many there are.</param>
    public string Remedy(int left) => $"Look at the log of the replica that is missing. When it was taken away on purpose, say {key}.replicas: {left}.";

    private Seen? Read()
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(File);
            return file is null ? null : JsonSerializer.Deserialize<Seen>(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { return null; }
    }

    private void Write(Seen seen)
    {
        try
        {
            PrivateFile.CreateFolder(Folder);
            AtomicFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(seen));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who only looks need not be able to write here.
            context.Reporter.Verbose($"How many replicas {key} has is not remembered: {e.Message}");
        }
    }
}
