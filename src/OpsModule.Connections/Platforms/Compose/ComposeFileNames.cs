namespace OpsModule.Connections.Platforms.Compose;

/// <summary>The names under which Compose looks for its files, in its order.</summary>
public static class ComposeFileNames
{
    /// <summary>The names of a compose file without a folder; Compose takes the first that is there.</summary>
    public static IReadOnlyList<string> All { get; } = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

    private static readonly string[] Overrides = ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

    /// <summary>The name of the compose file of ours, which holds what was set from here.</summary>
    public const string Ours = "compose.opsmodule.yaml";

    /// <summary>Full path of the compose file of ours in a folder, whether it is there or not.</summary>
    public static string OursIn(string folder) => Path.Combine(folder, Ours);

    /// <summary>Full path of the compose file of a folder, or null.</summary>
    public static string? FindIn(string folder) => All.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The file with the variables of a project.</summary>
    public static string EnvFileOf(string composeFile) => Path.Combine(Path.GetDirectoryName(composeFile)!, ".env");

    /// <summary>
    /// The files of a project. The one that Compose finds by itself comes with its override, unless COMPOSE_FILE in the project's .env says
    /// which they are; any other stands alone, as with <c>docker compose -f</c>.
    /// </summary>
    public static IReadOnlyList<string> Of(string path, IReadOnlyDictionary<string, string> envFile)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!All.Contains(Path.GetFileName(path)) || (FindIn(folder) is { } found && found != path)) return [path];
        if (envFile.GetValueOrDefault("COMPOSE_FILE") is { Length: > 0 } list)
            return [.. list.Split(envFile.GetValueOrDefault("COMPOSE_PATH_SEPARATOR") is { Length: > 0 } separator ? separator : Path.PathSeparator.ToString(), StringSplitOptions.RemoveEmptyEntries)
                .Select(f => Path.GetFullPath(f.Trim(), folder))];
        return [path, .. Overrides.Select(name => Path.Combine(folder, name)).Where(File.Exists).Take(1)];
    }
}
