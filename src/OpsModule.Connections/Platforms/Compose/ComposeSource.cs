using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>What Compose is given to make containers of: files by their full paths, and the folder that relative paths in them start from.</summary>
/// <param name="Files">The files, in their order.</param>
/// <param name="Folder">The project's folder.</param>
public sealed record ComposeSource(IReadOnlyList<string> Files, string Folder)
{
    /// <summary>The files with the project's variables; none for the one that Compose finds in the folder.</summary>
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    /// <summary>Values that files of ours leave to Compose's own variables, by the names that stand in them; secrets, and in no file.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// What a service's containers were made from, else what others of its project were, where that is still there; else the environment's
    /// files. Null when there are none. Never anything of the folder that somebody happens to stand in.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="labels">The labels of all containers of the project.</param>
    /// <param name="project">The project as the environment knows it.</param>
    /// <param name="platform">Where the environment says that its compose file is.</param>
    /// <param name="reporter">Told when other files are taken than before.</param>
    public static ComposeSource? Of(string service, IReadOnlyList<IReadOnlyDictionary<string, string>> labels, ComposeProject project,
        PlatformOptions platform, IOpsReporter reporter) => Find(service, labels, project, platform, reporter)?.WithOurs();

    /// <summary>The same over which the file of ours lies, where there is one.</summary>
    private ComposeSource WithOurs()
    {
        string ours = ComposeFileNames.OursIn(Path.GetDirectoryName(Files[0])!);
        return Files.Contains(ours) || !File.Exists(ours) ? this : this with { Files = [.. Files, ours] };
    }

    private static ComposeSource? Find(string service, IReadOnlyList<IReadOnlyDictionary<string, string>> labels, ComposeProject project,
        PlatformOptions platform, IOpsReporter reporter)
    {
        IReadOnlyDictionary<string, string>[] own = [.. labels.Where(l => l.GetValueOrDefault(ComposeLabels.Service) == service)];
        ComposeSource? known = OfProject(project, platform);
        if (own.Select(OfLabels).OfType<ComposeSource>().FirstOrDefault() is { } used) return used;
        // Files that came in beside those of the other containers, such as an override, count for a container that is made anew.
        if (own.Length == 0 && labels.Select(OfLabels).OfType<ComposeSource>().FirstOrDefault(s => known is null || !s.Files.All(known.Files.Contains)) is { } others) return others;
        if (known is not null && own.Select(l => l.GetValueOrDefault(ComposeLabels.Files)).FirstOrDefault(f => f is not null) is { } gone)
            reporter.Warning($"The files that containers of {service} were made from ({gone}) are not there any more; {string.Join(", ", known.Files)} is used.");
        return known;
    }

    /// <summary>The files that a container's labels name; null where they do not, or where one is not there.</summary>
    public static ComposeSource? OfLabels(IReadOnlyDictionary<string, string> labels)
    {
        if (labels.GetValueOrDefault(ComposeLabels.Files) is not { Length: > 0 } list) return null;
        string? folder = labels.GetValueOrDefault(ComposeLabels.Folder) is { } named && Path.IsPathRooted(named) ? Path.TrimEndingDirectorySeparator(named) : null;
        string[] written = list.Split(',');
        string?[] files = [.. written.Select(f => Path.IsPathRooted(f) ? f : folder is null ? null : Find(f, Path.GetDirectoryName(written[0])!, folder))];
        // The file of ours goes with the last limit that it holds.
        files = [.. files.Where(f => Path.GetFileName(f) != ComposeFileNames.Ours || File.Exists(f))];
        if (files.Length == 0 || !files.All(File.Exists)) return null;
        string from = folder is not null && Directory.Exists(folder) ? folder : Path.GetDirectoryName(files[0])!;
        string[] variables = [.. (labels.GetValueOrDefault(ComposeLabels.EnvFiles) ?? "").Split(',',
            StringSplitOptions.RemoveEmptyEntries).Select(f => Path.GetFullPath(f, from))];
        return variables.All(File.Exists) ? new ComposeSource(files!, from) { EnvFiles = variables } : null;
    }

    private static ComposeSource? OfProject(ComposeProject project, PlatformOptions platform)
    {
        if (project.Files.Count == 0 || !project.Files.All(File.Exists)) return null;
        string env = ComposeFileNames.EnvFileOf(platform.ComposeFile!), folder = Path.GetDirectoryName(project.Files[0])!;
        return new ComposeSource(project.Files, folder) { EnvFiles = Path.GetDirectoryName(env) != folder && File.Exists(env) ? [env]
            : [] };
    }

    /// <summary>
    /// Compose v1 writes names as they were given in the folder that it was called in, which it does not write; the project's folder is that of
    /// the first file. So the first file's folder tells where it was called.
    /// </summary>
    private static string? Find(string file, string first, string folder)
    {
        if (first.StartsWith("..", StringComparison.Ordinal)) return Path.GetDirectoryName(file) == first ? Path.Combine(folder, Path.GetFileName(file)) : null;
        bool below = first.Length > 0 && folder.EndsWith(Path.DirectorySeparatorChar + first, StringComparison.Ordinal);
        return Path.GetFullPath(file, below ? folder[..^(first.Length + 1)] : folder);
    }
}
