using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>A compose project: its name, and what its files want, read without Compose.</summary>
/// <param name="Name">The name that its containers carry.</param>
/// <param name="Services">The services of its files; none when they cannot be read.</param>
/// <param name="Files">Full paths of its files, as Compose takes them; none when they are not there.</param>
public sealed record ComposeProject(string Name, IReadOnlyList<ComposeService> Services, IReadOnlyList<string> Files)
{
    /// <summary>
    /// Reads a project. Its containers tell how they are even when the files cannot be read; then only services without a container are unknown.
    /// </summary>
    public static ComposeProject Read(PlatformOptions platform, IOpsReporter? reporter = null)
    {
        IReadOnlyList<string> files = platform.ComposeFile is { } path ? ComposeFileNames.Of(path,
            ComposeFile.ReadEnvFile(ComposeFileNames.EnvFileOf(path)).Values) : [];
        if (files.Count == 0 || !File.Exists(files[0]))
            return new ComposeProject(Told(platform) ?? FolderName(platform.ComposeFile), [], []);
        ComposeFile? file = null;
        try
        {
            file = ComposeFile.Read(platform.ComposeFile!);
        }
        catch (OpsException e)
        {
            reporter?.Warning(e.Message);
        }
        foreach (string elsewhere in file?.Unread ?? []) reporter?.Warning($"What {platform.ComposeFile} includes from {elsewhere} is not read; its services are known only where they have containers.");
        return new ComposeProject(Told(platform) ?? Given(file) ?? FolderName(files[0]), file?.Services ?? [], files);
    }

    /// <summary>The same of the files that its containers were made of.</summary>
    public ComposeProject With(ComposeSource source, IOpsReporter reporter)
    {
        try
        {
            ComposeFile file = ComposeFile.Read(source);
            return this with { Services = file.Services, Files = source.Files };
        }
        catch (OpsException e)
        {
            reporter.Warning(e.Message);
            return this;
        }
    }

    /// <summary>The names of the services in a platform's compose files; none for another kind of platform.</summary>
    public static IEnumerable<string> NamesOf(PlatformOptions platform) => platform.Kind == PlatformKind.Compose
        ? Read(platform).Services.Select(s => s.Name) : [];

    /// <summary>The service of this name in the project's files, or null.</summary>
    public ComposeService? Find(string service) => Services.FirstOrDefault(s => s.Name == service);

    /// <summary>The name that the environment file says, as Compose writes it on containers.</summary>
    private static string? Told(PlatformOptions platform) => platform.Project is not { } said ? null
        : Normal(said) is { Length: > 0 } name ? name : said;

    private static string? Given(ComposeFile? file) => new[] { file?.Variables.Find("COMPOSE_PROJECT_NAME"), file?.Project }.OfType<string>().Select(Normal).FirstOrDefault(n => n.Length > 0);

    private static string FolderName(string? file) => Normal(Path.GetFileName(Path.GetDirectoryName(file)) ?? "");

    /// <summary>Compose makes names lower-case, without other characters than letters, digits, - and _.</summary>
    private static string Normal(string name) =>
        string.Concat(name.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).TrimStart('-', '_');
}
