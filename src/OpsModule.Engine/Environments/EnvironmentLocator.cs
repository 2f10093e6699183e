using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Environments;

/// <summary>Finds the environment of a call.</summary>
public static class EnvironmentLocator
{
    /// <summary>The environment variable that names a file or folder.</summary>
    public const string Variable = "OPS_ENVIRONMENT";

    /// <summary>The names under which an environment file is looked for.</summary>
    public static IReadOnlyList<string> FileNames { get; } = ["ops.yaml", "ops.yml"];

    /// <summary>
    /// The environment meant by <paramref name="given"/> (an <see cref="OpsEnvironment"/>, a file or a folder), else by
    /// <c>OPS_ENVIRONMENT</c>, else the nearest <c>ops.yaml</c> from the current folder upward.
    /// </summary>
    /// <exception cref="OpsException"><c>EnvironmentNotFound</c> or <c>EnvironmentInvalid</c>.</exception>
    public static OpsEnvironment Resolve(object? given, string currentDirectory, IOpsReporter reporter)
    {
        if (given is OpsEnvironment ready) return ready;
        EnvironmentLoad load = EnvironmentLoader.Load(FindFile(given, currentDirectory));
        if (load.Environment is null) throw Invalid(load);

        foreach (EnvironmentFinding finding in load.Findings) reporter.Warning($"{finding.Location}: {finding.Message}");
        reporter.Verbose($"Environment {load.Environment.Name} from {load.File}");
        return load.Environment;
    }

    /// <summary>The file that is meant, without reading it.</summary>
    /// <exception cref="OpsException"><c>EnvironmentNotFound</c>; <c>EnvironmentNotTrusted</c> for a file that nobody named and others may write.</exception>
    public static string FindFile(object? given, string currentDirectory)
    {
        string? named = given switch
        {
            null => null,
            OpsEnvironment { File: { } file } => file,
            FileSystemInfo info => info.FullName,
            string text => text,
            _ => throw new OpsException("EnvironmentInvalid", OpsErrorCategory.InvalidArgument,
                $"A {given.GetType().Name} was given as the environment.", "Give a path, a folder or an object from Get-OpsEnvironment.", given),
        };
        if (named is not null) return FileAt(named, currentDirectory, $"'{named}'");
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable)
            return FileAt(variable, currentDirectory, $"'{variable}', from {Variable},");

        for (string? folder = Path.GetFullPath(currentDirectory); folder is not null; folder = Path.GetDirectoryName(folder))
            if (In(folder) is { } found) return Trusted(found);
        throw new OpsException("EnvironmentNotFound", OpsErrorCategory.ObjectNotFound,
            $"There is no {FileNames[0]} in {currentDirectory} or in a folder above it, and {Variable} is not set.",
            "Change to the environment's folder, give -Environment PATH, or write a file with New-OpsEnvironment.", currentDirectory);
    }

    /// <summary>
    /// The files, or folders, that a path with wildcards means: of folders those that hold an environment. What is named without a wildcard is
    /// given as it is, there or not.
    /// </summary>
    /// <param name="pattern">A full path, as <see cref="PathPattern"/> has it.</param>
    /// <param name="failed">Hears of a file that only a wildcard named and others may write, and of a pattern that finds nothing.</param>
    public static IReadOnlyList<string> Match(string pattern, Action<OpsException> failed)
    {
        IReadOnlyList<string> found = PathPattern.Expand(pattern, out bool isNamed);
        if (isNamed) return [found.Count > 0 ? found[0] : PathPattern.Unescape(pattern)];
        bool isOfFiles = Path.GetExtension(pattern) is ".yaml" or ".yml";
        string[] files = [.. found.Select(p => Directory.Exists(p) ? In(p) : isOfFiles || FileNames.Contains(Path.GetFileName(p)) ? p : null).OfType<string>()];
        if (files.Length == 0)
            failed(new OpsException("EnvironmentNotFound", OpsErrorCategory.ObjectNotFound, $"Nothing that matches {pattern} is an environment file or a folder with {FileNames[0]}.", "Correct the path.", pattern));
        var trusted = new List<string>();
        foreach (string file in files)
        {
            try { trusted.Add(Trusted(file)); }
            catch (OpsException e) { failed(e); }
        }
        return trusted;
    }

    /// <summary>The file can run programs as the caller. One that nobody named counts only when it is nobody else's.</summary>
    private static string Trusted(string file) => Trust.DoubtOfFile(file) is not { } doubt ? file : throw new OpsException("EnvironmentNotTrusted", OpsErrorCategory.PermissionDenied,
        $"The environment file {file} was found and not used: {doubt}. It can run programs in your name, and nobody has named it.",
        $"Read it first. When it is the right one, name it with -Environment {file}, Connect-OpsEnvironment or {Variable}; better, give the file and its folder to yourself alone (chown, chmod go-w).", file);

    private static string FileAt(string path, string currentDirectory, string source)
    {
        string? full = path.Contains('\0') || path.Length == 0 ? null : Path.GetFullPath(path, Path.GetFullPath(currentDirectory));
        if (File.Exists(full)) return full;
        if (Directory.Exists(full) && In(full) is { } inside) return inside;
        throw new OpsException("EnvironmentNotFound", OpsErrorCategory.ObjectNotFound,
            Directory.Exists(full) ? $"The folder {source} holds no {FileNames[0]}." : $"The environment file {source} does not exist.",
            "Correct the path, or write a file with New-OpsEnvironment.", path);
    }

    private static string? In(string folder) => FileNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static OpsException Invalid(EnvironmentLoad load)
    {
        List<EnvironmentFinding> errors = load.Findings.Where(f => f.Severity == FindingSeverity.Error).ToList();
        string others = errors.Count switch { 1 => "", 2 => " (and 1 other error)", _ => $" (and {errors.Count - 1} other errors)" };
        return new OpsException("EnvironmentInvalid", OpsErrorCategory.InvalidData, $"{errors[0].Location}: {errors[0].Message}{others}",
            errors.Count == 1 ? "Correct the file and run again." : "Test-OpsEnvironment lists all of them. Correct the file and run again.", load.File);
    }
}
