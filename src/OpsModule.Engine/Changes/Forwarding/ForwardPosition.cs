using System.Text;
using System.Text.Json;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>How far the journal was sent to one target; what lies behind is still to be sent.</summary>
public sealed record ForwardPosition
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The target.</summary>
    public required string Target { get; init; }

    /// <summary>The number that the file begins with in which the last line lies that needs not be sent any more.</summary>
    public required long File { get; init; }

    /// <summary>Where that line begins.</summary>
    public required long Offset { get; init; }

    /// <summary>Where it ends.</summary>
    public required long End { get; init; }

    /// <summary>Its number and hash.</summary>
    public required string Line { get; init; }

    /// <summary>The number of the line behind which sending began.</summary>
    public long? BegunAt { get; init; }

    /// <summary>Since when nothing could be sent, UTC; null when all is well.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When it was tried last in vain, UTC.</summary>
    public DateTimeOffset? TriedAt { get; init; }

    /// <summary>Whether that took long, so that the next change does not wait for it again at once.</summary>
    public bool WasSlow { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    /// <summary>How far each target is; one whose position cannot be read is not there.</summary>
    internal static ForwardPosition? Read(string stateDirectory, ForwardTarget target, out bool damaged)
    {
        damaged = false;
        using FileStream? file = PrivateFile.OpenForReading(PathOf(stateDirectory, target));
        if (file is null) return null;
        try
        {
            ForwardPosition? found = JsonSerializer.Deserialize<ForwardPosition>(file, Json);
            damaged = found is null || JournalHead.Parse(found.Line) is null;
            return damaged ? null : found;
        }
        catch (JsonException)
        {
            damaged = true;
            return null;
        }
    }

    /// <summary>Writes it beside and puts it in place. The caller holds the target's lock.</summary>
    internal void Write(string stateDirectory, ForwardTarget target)
    {
        string path = PathOf(stateDirectory, target);
        using (FileStream file = PrivateFile.Open(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(this, Json));
            file.Flush(flushToDisk: true);
        }
        System.IO.File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Whether the journal holds the line that it names.</summary>
    internal bool Fits(JournalSnapshot snapshot) => snapshot.At(File, Offset) is { } line
        && Line == new JournalHead(line.Sequence, line.Hash).ToString();

    internal static string FolderOf(string stateDirectory) => Path.Combine(stateDirectory, "forward");

    internal static string LockOf(string stateDirectory, ForwardTarget target) =>
        Path.ChangeExtension(PathOf(stateDirectory, target), ".lock");

    internal static string PathOf(string stateDirectory, ForwardTarget target) => Path.Combine(FolderOf(stateDirectory),
        $"{target.Kind.ToString().ToLowerInvariant()}-{JournalLine.HashOf(Encoding.UTF8.GetBytes(target.Name))[..16]}.json");
}
