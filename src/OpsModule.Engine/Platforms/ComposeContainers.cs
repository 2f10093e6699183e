using System.Text.Json;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Platforms;

/// <summary>Finds the running containers of a compose project by the labels that compose gives them.</summary>
public static class ComposeContainers
{
    /// <summary>The running container of a service and how to reach one of its ports from here.</summary>
    /// <exception cref="OpsException"><c>ServiceNotRunning</c>, <c>PortUnreachable</c>.</exception>
    public static async Task<ContainerAddress> FindAsync(PlatformSettings platform, string service, int port, CancellationToken cancellationToken)
    {
        string project = platform.Project ?? DefaultProject(platform);
        var list = new ProgramCall("docker", "ps", "--no-trunc", "--format", "{{.ID}} {{.Label \"com.docker.compose.oneoff\"}}",
            "--filter", "label=com.docker.compose.project=" + project, "--filter", "label=com.docker.compose.service=" + service);
        string listed = await ProgramRunner.RunAsync(list, null, cancellationToken).ConfigureAwait(false);
        // 'docker compose run' makes containers of the service that are not the service.
        string[] ids = [.. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.EndsWith(" True", StringComparison.OrdinalIgnoreCase)).Select(l => l.Split(' ')[0])];
        if (ids.Length == 0)
            throw new OpsException("ServiceNotRunning", OpsErrorCategory.ResourceUnavailable,
                $"The compose project {project} has no running container of the service {service}.",
                $"Start it (docker compose -p {project} up -d {service}), or correct the service's name in the environment file.", service);
        return await InspectAsync(ids[0], service, port, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The image of a service's container, running or not; null when it has none.</summary>
    public static async Task<string?> FindImageAsync(PlatformSettings platform, string service, CancellationToken cancellationToken)
    {
        var list = new ProgramCall("docker", "ps", "-a", "--format", "{{.Image}}", "--filter", "label=com.docker.compose.project=" + (platform.Project ?? DefaultProject(platform)),
            "--filter", "label=com.docker.compose.service=" + service);
        return (await ProgramRunner.RunAsync(list, null, cancellationToken).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
    }

    /// <summary>How a container's port is reached from here.</summary>
    /// <exception cref="OpsException"><c>PortUnreachable</c>.</exception>
    internal static async Task<ContainerAddress> InspectAsync(string id, string service, int port, CancellationToken cancellationToken)
    {
        string json = await ProgramRunner.RunAsync(new ProgramCall("docker", "inspect", "--type", "container", id), null, cancellationToken).ConfigureAwait(false);
        using JsonDocument document = JsonDocument.Parse(json);
        return Address(document.RootElement[0], id, service, port);
    }

    private static ContainerAddress Address(JsonElement container, string id, string service, int port)
    {
        string image = container.GetProperty("Config").GetProperty("Image").GetString() ?? "";
        JsonElement network = container.GetProperty("NetworkSettings");
        if (network.TryGetProperty("Ports", out JsonElement ports) && ports.TryGetProperty($"{port}/tcp", out JsonElement bindings)
            && bindings.ValueKind == JsonValueKind.Array && bindings.GetArrayLength() > 0)
        {
            string host = bindings[0].GetProperty("HostIp").GetString() ?? "";
            if (host is "" or "0.0.0.0" or "::") host = "127.0.0.1";
            return new ContainerAddress(id, image, host, int.Parse(bindings[0].GetProperty("HostPort").GetString()!));
        }
        foreach (JsonProperty attached in network.GetProperty("Networks").EnumerateObject())
            if (attached.Value.GetProperty("IPAddress").GetString() is { Length: > 0 } address)
                return new ContainerAddress(id, image, address, port);
        throw new OpsException("PortUnreachable", OpsErrorCategory.ResourceUnavailable,
            $"Port {port} of the service {service} cannot be reached from here: it is not published and the container has no address.",
            $"Publish it on loopback (ports: [\"127.0.0.1:{port}:{port}\"]), or give the database a host and a port.", service);
    }

    /// <summary>Compose names a project after its folder, lower-case, without other characters than letters, digits, - and _.</summary>
    private static string DefaultProject(PlatformSettings platform)
    {
        string folder = Path.GetFileName(Path.GetDirectoryName(platform.ComposeFile)) ?? "";
        return string.Concat(folder.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).TrimStart('-', '_');
    }
}
