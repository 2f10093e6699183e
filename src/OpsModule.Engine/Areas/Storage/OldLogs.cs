using System.Text.RegularExpressions;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>Finds log files that nobody writes to any more: rotated ones and exported ones, in folders that were named.</summary>
/// <remarks>
/// What a running container writes is not among them. The engine holds that file open and counts its bytes; cutting it off from outside
/// makes readers stumble and rotation come at the wrong time. A log that grows too large is given a max-size.
/// </remarks>
public sealed partial class OldLogs(OpsContext context)
{
    /// <summary>The files of a folder, not of folders below, the largest first.</summary>
    /// <exception cref="OpsException"><c>LogFolderNotFound</c>, <c>LogFolderRefused</c> for one that has to do with backups.</exception>
    public IReadOnlyList<StorageItem> Find(string folder, TimeSpan olderThan)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        CheckFolder(context, full);
        try
        {
            DateTime limit = context.Time.GetUtcNow().UtcDateTime - olderThan;
            return [.. new DirectoryInfo(full).EnumerateFiles().Where(f => f.LinkTarget is null && IsClosed(f.Name) && f.LastWriteTimeUtc <= limit).OrderByDescending(f => f.Length).Select(f => new StorageItem
            {
                Kind = StorageKind.Log, Name = f.Name, Id = f.FullName, Bytes = f.Length, UnusedSince = f.LastWriteTimeUtc, Environment = context.Environment.Name,
            })];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("LogFolderNotFound", OpsErrorCategory.ReadError, $"The folder {full} cannot be read: {e.Message.TrimEnd('.')}.", "Name a folder that is there and that this user may read.", full, e);
        }
    }

    /// <summary>Refuses a file that <see cref="Find"/> would not have found.</summary>
    /// <exception cref="OpsException"><c>LogFolderRefused</c>, <c>LogNotClosed</c>.</exception>
    internal static void Check(OpsContext context, string file)
    {
        if (Path.GetFullPath(file) != file || !IsClosed(Path.GetFileName(file)) || new FileInfo(file).LinkTarget is not null)
            throw new OpsException("LogNotClosed", OpsErrorCategory.InvalidArgument, $"{file} is no rotated or exported log file.",
                "Name rotated log files, such as app.log.1.", file);
        CheckFolder(context, Path.GetDirectoryName(file)!);
    }

    private static void CheckFolder(OpsContext context, string full)
    {
        foreach (Environments.StoreSettings store in context.Environment.Backups.Stores.Values.Where(s => s.Path is not null))
        {
            if (Holds(store.Path!, full) || Holds(full, store.Path!))
                throw new OpsException("LogFolderRefused", OpsErrorCategory.InvalidArgument,
                    $"{full} holds, or lies in, the store {store.Name} ({store.Path}), whose backups look like compressed logs.",
                    "Name a folder that has only logs. Backups are removed with Remove-OpsBackup.", full);
        }
    }

    /// <summary>True for a name that a log has only after nobody writes to it any more.</summary>
    internal static bool IsClosed(string name) => Closed().IsMatch(name);

    private static bool Holds(string outer, string inner) =>
        (Path.TrimEndingDirectorySeparator(Path.GetFullPath(inner)) + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(outer)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // app.log.1, app.log.2.gz, app.log-20261121, app-20261121.log.zst, and what Export-OpsLog writes with its manifest.
    [GeneratedRegex(@"^[^.].*(\.log|\.jsonl?|\.out|\.err)([.-][0-9]{1,14})?(\.gz|\.zst|\.xz|\.bz2)(\.manifest\.json)?\z|^[^.].*\.log([.-][0-9]{1,14})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Closed();
}
