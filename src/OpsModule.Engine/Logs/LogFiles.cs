using System.IO.Enumeration;
using OpsModule.Engine.Files;

namespace OpsModule.Engine.Logs;

/// <summary>Finds the files that paths with wildcards mean.</summary>
public static class LogFiles
{
    /// <summary>
    /// The files, each once, the one that was written to last at the end. A folder means the files in it that are not hidden. A folder and a wildcard mean
    /// regular files: a pipe must be named, and a link is left out when it is another user's and leads to what is not that user's.
    /// </summary>
    /// <param name="paths">Paths; the wildcards * and ? are allowed in each part.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="OpsException"><c>LogFileNotFound</c>.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, string folder)
    {
        var found = new SortedSet<(DateTime Written, string Path)>();
        foreach (string path in paths)
        {
            string full = Path.GetFullPath(path, folder);
            string[] files = [.. Expand(full).SelectMany(p => Directory.Exists(p) ? Directory.GetFiles(p).Where(f => Path.GetFileName(f)[0] != '.') : [p]).Where(f => f == full || ForeignFile.IsForWildcards(f))];
            if (files.Length == 0)
                throw new OpsException("LogFileNotFound", OpsErrorCategory.ObjectNotFound, $"There is no log file {full}.",
                    "Correct the path; a folder means the files in it, and * and ? are wildcards.", path);
            foreach (string file in files) found.Add((File.GetLastWriteTimeUtc(file), file));
        }
        return [.. found.Select(f => f.Path)];
    }

    private static IEnumerable<string> Expand(string full)
    {
        if (File.Exists(full) || Directory.Exists(full)) return [full];
        string root = Path.GetPathRoot(full)!;
        IEnumerable<string> level = [root];
        string[] parts = full[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            (string part, bool last) = (parts[i], i == parts.Length - 1);
            level = [.. level.SelectMany(folder => Step(folder, part, last))];
        }
        return level;
    }

    private static IEnumerable<string> Step(string folder, string part, bool last)
    {
        if (part.IndexOfAny(['*', '?']) < 0)
        {
            string path = Path.Combine(folder, part);
            return Directory.Exists(path) || (last && File.Exists(path)) ? [path] : [];
        }
        try
        {
            return [.. (last ? Directory.GetFileSystemEntries(folder) : Directory.GetDirectories(folder))
                .Where(p => Path.GetFileName(p) is var name && (name[0] != '.' || part[0] == '.') && FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false))];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException) { return []; }
    }
}
