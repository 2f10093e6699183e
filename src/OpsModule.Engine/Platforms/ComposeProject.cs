using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Platforms;

/// <summary>A compose project: its name, and what its file wants, read without Compose.</summary>
internal sealed record ComposeProject(string Name, IReadOnlyList<ComposeService> Services)
{
    /// <summary>
    /// Reads a project. Its containers tell how they are even when the file cannot be read; then only services without a container are unknown.
    /// </summary>
    public static ComposeProject Read(PlatformSettings platform, IOpsReporter? reporter = null)
    {
        ComposeFile? file = null;
        try
        {
            if (File.Exists(platform.ComposeFile)) file = ComposeFile.Read(platform.ComposeFile);
        }
        catch (OpsException e)
        {
            reporter?.Warning(e.Message);
        }
        return new ComposeProject(platform.Project ?? Given(file) ?? FolderName(platform), file?.Services ?? []);
    }

    private static string? Given(ComposeFile? file) => file?.Variables.Find("COMPOSE_PROJECT_NAME") is { Length: > 0 } name ? name : file?.Project;

    /// <summary>Compose names a project after its folder, lower-case, without other characters than letters, digits, - and _.</summary>
    private static string FolderName(PlatformSettings platform)
    {
        string folder = Path.GetFileName(Path.GetDirectoryName(platform.ComposeFile)) ?? "";
        return string.Concat(folder.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).TrimStart('-', '_');
    }
}
