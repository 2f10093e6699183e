using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>Finds the files that paths with wildcards mean.</summary>
public static class LogFiles
{
    /// <summary>
    /// The files, each once, the one that was written to last at the end. A folder means the files in it that are not hidden. A folder and
    /// a wildcard mean
    /// regular files: a pipe must be named, and a link is left out when it is another user's and leads to what is not that user's.
    /// </summary>
    /// <param name="paths">Paths; wildcards (<see cref="PathPattern"/>) are allowed in each part.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="OpsException"><c>LogFileNotFound</c>.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, string folder)
    {
        var found = new SortedSet<(DateTime Written, string Path)>();
        foreach (string path in paths)
        {
            string full = Path.GetFullPath(path, folder);
            string[] files = [.. PathPattern.Expand(full, out bool isNamed).SelectMany(p => Directory.Exists(p) ? In(p) : isNamed
                || ForeignFile.IsForWildcards(p) ? [p] : [])];
            if (files.Length == 0)
                throw new OpsException("LogFileNotFound", OpsErrorCategory.ObjectNotFound,
                    $"There is no log file {(PathPattern.HasWildcard(full) ? full : PathPattern.Unescape(full))}.",
                    "Correct the path; a folder means the files in it, and * and ? and [0-9] are wildcards.", path);
            foreach (string file in files) found.Add((File.GetLastWriteTimeUtc(file), file));
        }
        return [.. found.Select(f => f.Path)];
    }

    private static IEnumerable<string> In(string folder) => Directory.GetFiles(folder).Where(f => Path.GetFileName(f)[0] != '.'
        && ForeignFile.IsForWildcards(f));
}
