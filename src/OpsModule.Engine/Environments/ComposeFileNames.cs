namespace OpsModule.Engine.Environments;

/// <summary>The names under which Compose looks for its file, in its order.</summary>
internal static class ComposeFileNames
{
    public static IReadOnlyList<string> All { get; } = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

    /// <summary>Full path of the compose file of a folder, or null.</summary>
    public static string? FindIn(string folder) => All.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
