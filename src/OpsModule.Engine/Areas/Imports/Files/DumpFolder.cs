using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>A dump in directory format: pg_restore opens the files that it names, so it may name none outside of its folder.</summary>
internal static partial class DumpFolder
{
    /// <summary>The file that makes a folder such a dump.</summary>
    public const string Contents = "toc.dat";

    private const int MaxFiles = 1_000_000;

    /// <summary>Looks at all of it: the names, and the bytes of every file.</summary>
    /// <exception cref="OpsException"><c>ImportNotADump</c>, <c>ImportRefused</c>, <c>ImportFileUnreadable</c>,
    /// <c>ImportFileChanged</c>.</exception>
    public static async Task<(ArchiveHeader Header, string Sha256, long Bytes, DateTimeOffset ModifiedAt)> ReadAsync(string folder,
        Action<long>? onProgress, CancellationToken ct)
    {
        string contents = Path.Combine(folder, Contents);
        if (!File.Exists(contents))
            throw ImportErrors.NotADump.Make($"{folder} is a folder without the file {Contents}, and so no dump in directory format.",
                "Name the files in it: -Path FOLDER/*.", folder);
        ArchiveHeader header;
        using (HashedFile file = HashedFile.Open(contents))
            header = await new ArchiveReader(file).ReadContentsAsync(ct).ConfigureAwait(false);
        foreach (string name in header.Entries.Select(e => e.File).OfType<string>().Where(n =>
            !OwnFile().IsMatch(n))) throw Foreign(folder, Contents, name);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        DateTimeOffset modified = default;
        foreach (string path in Files(folder))
        {
            using HashedFile file = HashedFile.Open(path, read => onProgress?.Invoke(bytes + read));
            string name = Path.GetFileName(path);
            if (LargeObjects().IsMatch(name)) await CheckLargeObjectsAsync(folder, path, ct).ConfigureAwait(false);
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\0" + await file.FinishAsync(ct).ConfigureAwait(false) + "\n"));
            bytes += file.Bytes;
            if (file.ModifiedAt > modified) modified = file.ModifiedAt;
        }
        return (header, Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant(), bytes, modified);
    }

    private static IEnumerable<string> Files(string folder)
    {
        string[] paths;
        try { paths = [.. Directory.EnumerateFileSystemEntries(folder).Take(MaxFiles).Order(StringComparer.Ordinal)]; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw HashedFile.Unreadable(folder, e); }
        foreach (string path in paths)
        {
            // A link would be followed by pg_restore wherever it leads.
            if (!OperatingSystem.IsWindows() && FileFacts.Of(path) is { IsFile: false }) throw Foreign(folder, "the folder",
                Path.GetFileName(path));
            // An empty table's file may be empty, and large objects may.
            if (new FileInfo(path).Length > 0) yield return path;
        }
    }

    private static async Task CheckLargeObjectsAsync(string folder, string path, CancellationToken ct)
    {
        await foreach (string line in File.ReadLinesAsync(path, Encoding.Latin1, ct).ConfigureAwait(false))
            if (line.Length > 0 && !LargeObject().IsMatch(line)) throw Foreign(folder, Path.GetFileName(path), line);
    }

    private static OpsException Foreign(string folder, string where, string name) => ImportErrors.Refused.Make(
        $"The dump in {folder} names what is no file of its own, in {where}: {PrintableText(name)}. Nothing of it was read.",
        "Find out who wrote the folder, and make the dump anew.", folder);

    private static string PrintableText(string name) => Foundations.Text.PrintableText.Of(name);

    [GeneratedRegex(@"^(?:\d+\.dat|blobs(?:_\d+)?\.toc)\z")]
    private static partial Regex OwnFile();

    [GeneratedRegex(@"^blobs(?:_\d+)?\.toc\z")]
    private static partial Regex LargeObjects();

    [GeneratedRegex(@"^\d+ blob_\d+\.dat\z")]
    private static partial Regex LargeObject();
}
