namespace OpsModule.Connections.Platforms.Compose;

/// <summary>The labels by which Compose knows its containers.</summary>
public static class ComposeLabels
{
    /// <summary>The name of the project that a container, a network or a volume belongs to.</summary>
    public const string Project = "com.docker.compose.project";

    /// <summary>The name of the service that a container belongs to.</summary>
    public const string Service = "com.docker.compose.service";

    /// <summary>Says whether a container is one of <c>docker compose run</c>; <see cref="IsOneOff"/> reads its value.</summary>
    public const string OneOff = "com.docker.compose.oneoff";

    internal const string Number = "com.docker.compose.container-number",
        Files = "com.docker.compose.project.config_files", Folder = "com.docker.compose.project.working_dir",
        DependsOn = "com.docker.compose.depends_on", EnvFiles = "com.docker.compose.project.environment_file",
        Hash = "com.docker.compose.config-hash", Version = "com.docker.compose.version";

    /// <summary>The filter for a project's containers.</summary>
    public static string OfProject(string project) => $"{Project}={project}";

    /// <summary>The filter for a service's containers.</summary>
    public static string OfService(string service) => $"{Service}={service}";

    /// <summary>Whether Compose v1 made a container.</summary>
    internal static bool IsOfFirst(IReadOnlyDictionary<string, string> labels) =>
        labels.GetValueOrDefault(Version)?.StartsWith("1.", StringComparison.Ordinal) is true;

    /// <summary><c>docker compose run</c> makes containers of a service that are not the service.</summary>
    public static bool IsOneOff(string? label) => "True".Equals(label, StringComparison.OrdinalIgnoreCase);
}
