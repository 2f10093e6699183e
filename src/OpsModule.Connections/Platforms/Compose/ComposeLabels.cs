namespace OpsModule.Connections.Platforms.Compose;

/// <summary>The labels by which Compose knows its containers.</summary>
public static class ComposeLabels
{
    public const string Project = "com.docker.compose.project", Service = "com.docker.compose.service", OneOff = "com.docker.compose.oneoff",
        Number = "com.docker.compose.container-number", Files = "com.docker.compose.project.config_files",
        Folder = "com.docker.compose.project.working_dir", DependsOn = "com.docker.compose.depends_on";

    /// <summary>The filter for a project's containers.</summary>
    public static string OfProject(string project) => $"{Project}={project}";

    /// <summary>The filter for a service's containers.</summary>
    public static string OfService(string service) => $"{Service}={service}";

    /// <summary><c>docker compose run</c> makes containers of a service that are not the service.</summary>
    public static bool IsOneOff(string? label) => "True".Equals(label, StringComparison.OrdinalIgnoreCase);
}
