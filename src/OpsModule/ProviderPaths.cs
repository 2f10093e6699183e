using System.Management.Automation;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule;

/// <summary>
/// The only door from paths as PowerShell has them (drives such as Temp: and TestDrive:, ~, relative to the session's location) to those
/// that .NET knows. Only on the pipeline thread: providers are the session's.
/// </summary>
internal static class ProviderPaths
{
    /// <summary>The full path; wildcards stay as they are. What is empty stays so, for whoever checks that.</summary>
    /// <exception cref="OpsException"><c>PathNotAFile</c>, <c>PathInvalid</c>.</exception>
    public static string Full(PathIntrinsics session, string path)
    {
        if (string.IsNullOrWhiteSpace(path)) return path;
        if (path.Contains('\0')) throw Invalid(path.Replace('\0', '?'), "a character with the code 0 is in it", null);
        try
        {
            string full = session.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem" ? full : throw new OpsException("PathNotAFile", OpsErrorCategory.InvalidArgument,
                $"'{path}' is of PowerShell's provider {provider.Name}; a file or a folder was expected.", "Name one of the file system: /srv/x, ./x, Temp:/x.", path);
        }
        catch (System.Management.Automation.DriveNotFoundException e)
        {
            throw new OpsException("PathInvalid", OpsErrorCategory.InvalidArgument, $"'{path}' is on a drive that this session has not.",
                $"See what there is with Get-PSDrive -PSProvider FileSystem. If the colon belongs to a file's name, write ./{path}.", path, e);
        }
        catch (Exception e) when (e is RuntimeException and not PipelineStoppedException or NotSupportedException or ArgumentException or IOException)
        {
            throw Invalid(path, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>What a path, or an object that is a file, means: a pattern for <see cref="PathPattern"/>. Null for what is neither.</summary>
    public static string? Pattern(PathIntrinsics session, object? value, bool isLiteral = false) => PipedObject.Bare(value) switch
    {
        string text when isLiteral => PathPattern.Escape(Full(session, text)),
        string text => Full(session, text),
        _ => OfFile(session, value),
    };

    /// <summary>The path of an object from Get-ChildItem or Get-Item, or of one that has its property PSPath or FullName; null for any other, and for text, which may carry PSPath, too.</summary>
    public static string? OfFile(PathIntrinsics session, object? value)
    {
        if (PipedObject.Bare(value) is FileSystemInfo file) return PathPattern.Escape(file.FullName);
        if (value is not PSObject { BaseObject: PSCustomObject } bag) return null;
        return (bag.Properties["PSPath"] ?? bag.Properties["FullName"])?.Value?.ToString() is { Length: > 0 } path ? PathPattern.Escape(Full(session, path)) : null;
    }

    /// <summary>The files and folders that patterns mean. What is named and not there stays, so that its reader says so.</summary>
    /// <exception cref="OpsException"><c>FileNotFound</c> for wildcards that nothing matches.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string>? patterns) => [.. (patterns ?? []).SelectMany(Expand).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string pattern)
    {
        IReadOnlyList<string> found = PathPattern.Expand(pattern, out bool isNamed);
        if (isNamed) return found.Count > 0 ? found : [PathPattern.Unescape(pattern)];
        string[] usable = [.. found.Where(f => Directory.Exists(f) || ForeignFile.IsForWildcards(f))];
        return usable.Length > 0 ? usable : throw new OpsException("FileNotFound", OpsErrorCategory.ObjectNotFound, $"No file or folder matches {pattern}.",
            "Correct the path; a name with brackets is found by -LiteralPath, or with a backtick before each of them.", pattern);
    }

    private static OpsException Invalid(string path, string why, Exception? inner) =>
        new("PathInvalid", OpsErrorCategory.InvalidArgument, $"'{path}' is no path of a file or a folder: {why}.", "Correct it.", path, inner);
}
