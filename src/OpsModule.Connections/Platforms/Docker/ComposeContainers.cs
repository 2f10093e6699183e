using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Finds the running containers of a compose project by the labels that compose gives them.</summary>
public static class ComposeContainers
{
    /// <summary>The running container of a service.</summary>
    /// <exception cref="OpsException"><c>ServiceNotRunning</c>, and what the engine's connection throws.</exception>
    internal static async Task<ServiceInstance> FindAsync(DockerEngine engine, string project, string service, CancellationToken ct)
    {
        IReadOnlyList<ContainerListResponse> running = await ListAsync(engine, project, service, all: false, ct).ConfigureAwait(false);
        if (running.Count == 0)
            throw new OpsException("ServiceNotRunning", OpsErrorCategory.ResourceUnavailable,
                $"The compose project {project} has no running container of the service {service}.",
                $"Start it (docker compose -p {project} up -d {service}), or correct the service's name in the environment file.", service);
        return await InspectAsync(engine, running[0].ID, service, ct).ConfigureAwait(false);
    }

    /// <summary>The image of a service's container, running or not; null when it has none.</summary>
    internal static async Task<string?> FindImageAsync(DockerEngine engine, string project, string service, CancellationToken ct) =>
        (await ListAsync(engine, project, service, all: true, ct).ConfigureAwait(false)).Select(c => DockerQuery.Text(c.Image))
            .FirstOrDefault();

    /// <summary>Where a container is that is none of an environment's services, as one that was made for a drill.</summary>
    /// <exception cref="OpsException"><c>PortUnreachable</c>, <c>ContainerNotFound</c>.</exception>
    public static async Task<ServerPlace> PlaceAsync(string container, int port, CancellationToken cancellationToken)
    {
        using DockerEngine engine = DockerEngine.Default();
        PortRoute route = Route(await InspectAsync(engine, container, container, cancellationToken).ConfigureAwait(false), port);
        return new ServerPlace(container, route.Host, route.Port, call => DockerExec.Call(container, call));
    }

    /// <summary>How a container's port is reached from here.</summary>
    /// <exception cref="OpsException"><c>PortUnreachable</c>.</exception>
    internal static PortRoute Route(ServiceInstance instance, int port)
    {
        if (instance.Ports.FirstOrDefault(p => p.Container == port && p is { Protocol: "tcp", Host: not null }) is { } published)
            return new PortRoute(published.HostAddress is "0.0.0.0" or "::" ? "127.0.0.1" : published.HostAddress!, published.Host!.Value);
        if (instance.Address is { } address) return new PortRoute(address, port);
        throw new OpsException("PortUnreachable", OpsErrorCategory.ResourceUnavailable,
            $"Port {port} of the service {instance.Service} cannot be reached from here: it is not published and the container has no "
                + $"address.",
            $"Publish it on loopback (ports: [\"127.0.0.1:{port}:{port}\"]), or give the database a host and a port.", instance.Service);
    }

    private static async Task<IReadOnlyList<ContainerListResponse>> ListAsync(DockerEngine engine, string project, string service, bool all,
        CancellationToken ct)
    {
        var which = new ContainersListParameters
        {
            All = all,
            Filters = DockerQuery.Filters(("label", [ComposeLabels.OfProject(project), ComposeLabels.OfService(service)])),
        };
        IList<ContainerListResponse> listed = await engine.CallAsync("the list of containers",
            (client, token) => client.Containers.ListContainersAsync(which, token), ct).ConfigureAwait(false);
        return [.. listed.Where(c => !ComposeLabels.IsOneOff(DockerQuery.Map(c.Labels).GetValueOrDefault(ComposeLabels.OneOff)))];
    }

    private static async Task<ServiceInstance> InspectAsync(DockerEngine engine, string id, string service, CancellationToken ct) =>
        ContainerReader.Read(await engine.CallAsync($"the container {id}", (client, token) =>
            client.Containers.InspectContainerAsync(id, token), ct)
            .ConfigureAwait(false), service, digest: null);
}
