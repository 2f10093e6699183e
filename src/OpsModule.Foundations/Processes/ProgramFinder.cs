using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Foundations.Processes;

/// <summary>
/// Finds the program that a name means: on PATH and nowhere else. .NET would look beside our own executable and in the current folder first,
/// so that whoever owns a folder could have his program run by everybody who works in it.
/// </summary>
public static class ProgramFinder
{
    /// <summary>The full path of a program. Root is given only what nobody else can have put there.</summary>
    /// <param name="name">A name to be looked for on PATH, or a path; a relative one starts at <paramref name="folder"/>.</param>
    /// <param name="folder">Where relative paths start; null for the current folder.</param>
    /// <exception cref="OpsException"><c>ProgramMissing</c>, <c>ProgramNotTrusted</c>.</exception>
    public static string Find(string name, string? folder = null)
    {
        string path = name.Contains('/') || (OperatingSystem.IsWindows() && name.Contains('\\')) ? AtPath(name, folder) : OnPath(name);
        if (FileFacts.IsRoot && TrustedPath.Fault(path) is { } fault)
            throw new OpsException("ProgramNotTrusted", OpsErrorCategory.PermissionDenied, $"{path} is not run by root: {fault}.",
                $"Give {name} and the folders it lies in to root, writable for root only; or take its folder out of PATH, so that another one is found.", path);
        return path;
    }

    /// <summary>The folders of PATH in their order. A relative or empty entry means the current folder, and is left out.</summary>
    public static IReadOnlyList<string> Folders() =>
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathFullyQualified)];

    private static string AtPath(string name, string? folder)
    {
        string path = Path.GetFullPath(name, folder is { Length: > 0 } ? Path.GetFullPath(folder) : Environment.CurrentDirectory);
        return FileFacts.MayRun(path) ? path : throw Missing(name, File.Exists(path) ? $"the file {path} may not be executed" : $"there is no file {path}", "Correct the path, or install the program there");
    }

    private static string OnPath(string name)
    {
        string? unusable = null;
        foreach (string folder in Folders())
        {
            foreach (string file in OperatingSystem.IsWindows() ? [name + ".exe", name] : (string[])[name])
            {
                string path = Path.Combine(folder, file);
                if (FileFacts.MayRun(path)) return path;
                if (File.Exists(path)) unusable ??= path;
            }
        }
        throw Missing(name, unusable is null ? $"no folder of PATH has it ({string.Join(Path.PathSeparator, Folders())}); the current folder is not looked in" : $"{unusable} may not be executed",
            "Install it or put it on PATH");
    }

    private static OpsException Missing(string name, string found, string remedy) => new("ProgramMissing", OpsErrorCategory.ResourceUnavailable,
        $"The program {name} could not be started: {found}.", remedy + ", then run the command again.", name);
}
