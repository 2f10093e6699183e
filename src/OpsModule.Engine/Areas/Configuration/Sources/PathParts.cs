using OpsModule.Foundations.Files;
using OpsModule.Foundations.Files.Anchored;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Configuration.Sources;

/// <summary>Paths without links, and whether one is meant by another.</summary>
internal static class PathParts
{
    /// <summary>
    /// The same path with the links of its folders followed as far as they are there; its last part is not followed.
    /// </summary>
    public static string Real(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), folder = full;
        var rest = new Stack<string>();
        while (Path.GetDirectoryName(folder) is { } above)
        {
            rest.Push(Path.GetFileName(folder));
            folder = above;
            if (PathPattern.HasWildcard(folder) && !Directory.Exists(folder)) continue;
            try
            {
                using AnchoredFolder open = AnchoredFolder.Open(folder);
                return Path.Combine([open.Path, .. rest]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* further up */ }
        }
        return full;
    }

    /// <summary>The parts of a full path.</summary>
    public static string[] Of(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether a source means a path.</summary>
    public static bool Means(ConfigurationSource source, string path)
    {
        if (path == source.Path || (source.TakesFolders && path.StartsWith(source.Path + "/", StringComparison.Ordinal))) return true;
        if (!source.IsPattern) return false;
        string[] pattern = Of(source.Path), parts = Of(path);
        if (parts.Length < pattern.Length || (parts.Length > pattern.Length && !source.TakesFolders)) return false;
        for (int i = 0; i < pattern.Length; i++)
            if (pattern[i] != parts[i] && !(NamePattern.HasWildcard(pattern[i]) && NamePattern.IsMatch(pattern[i], parts[i]))) return false;
        return true;
    }
}
