using System.Text.Json;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// What a restore has found while it loaded, for its next steps after a kill; beside the journal, because functions are too long for that.
/// </summary>
/// <param name="Keys">Keys that were loaded.</param>
/// <param name="Expired">Keys that were left out.</param>
/// <param name="StartedAt">When the backup was begun.</param>
/// <param name="Functions">Libraries of functions of the backup.</param>
internal sealed record CacheRestoreNotes(long Keys, long Expired, DateTimeOffset StartedAt, IReadOnlyList<byte[]> Functions)
{
    /// <summary>The functions that the server had, as FUNCTION DUMP gives them; null until they are replaced.</summary>
    public byte[]? FunctionsBefore { get; init; }

    /// <summary>The SHA-256 of each library that the server, or the backup, had: any other was deployed since.</summary>
    public IReadOnlyList<string>? FunctionsKnown { get; init; }

    /// <summary>True as soon as live keys may have been moved.</summary>
    public bool HasTouched { get; init; }

    /// <summary>Of each database that keeps what was replaced, how many keys never expire: fewer of them are not what was live.</summary>
    public IReadOnlyDictionary<int, long>? Staying { get; init; }

    /// <summary>How many keys the server had thrown away by then.</summary>
    public long Evicted { get; init; }

    /// <summary>Live keys that were replaced.</summary>
    public long Replaced { get; init; }

    public static void Write(OpsContext context, string restore, CacheRestoreNotes notes)
    {
        string file = FileOf(context, restore);
        PrivateFile.CreateFolder(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(notes));
    }

    /// <summary>Reads them; null where there are none.</summary>
    public static CacheRestoreNotes? Read(OpsContext context, string restore)
    {
        using FileStream? file = PrivateFile.OpenForReading(FileOf(context, restore));
        return file is null ? null : JsonSerializer.Deserialize<CacheRestoreNotes>(file);
    }

    public static void Forget(OpsContext context, string restore)
    {
        if (File.Exists(FileOf(context, restore))) File.Delete(FileOf(context, restore));
    }

    private static string FileOf(OpsContext context, string restore) =>
        Path.Combine(context.Environment.StateDirectory, "caches", BackupKeys.Encode(restore) + ".json");
}
