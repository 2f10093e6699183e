using System.Collections.Concurrent;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Comparing;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Finds the running containers of a compose project by the labels that compose gives them.</summary>
public static class ComposeContainers
{
    /// <summary>Images, by their ids, and whether they number containers, which only Compose does.</summary>
    private static readonly ConcurrentDictionary<string, bool> Numbered = new(StringComparer.Ordinal);

    /// <summary>The running container of a service.</summary>
    /// <exception cref="OpsException"><c>ServiceNotRunning</c>, <c>ContainerNotTrusted</c>, and what the engine's connection
    /// throws.</exception>
    internal static async Task<ServiceInstance> FindAsync(DockerEngine engine, string project, string service, CancellationToken ct)
    {
        IReadOnlyList<ContainerListResponse> running = await ListAsync(engine, project, service, all: false, ct).ConfigureAwait(false);
        if (running.Count == 0)
            throw new OpsException("ServiceNotRunning", OpsErrorCategory.ResourceUnavailable,
                $"The compose project {project} has no running container of the service {service}.",
                $"Start it (Start-OpsService {service}), or correct the service's name in the environment file.", service);
        foreach (ContainerListResponse one in running)
            if (!await IsLabelledByItsImageAsync(engine, one, ct).ConfigureAwait(false)) return await InspectAsync(engine, one.ID,
                service, ct).ConfigureAwait(false);
        throw new OpsException("ContainerNotTrusted", OpsErrorCategory.PermissionDenied,
            $"The container {running[0].ID[..Math.Min(12, running[0].ID.Length)]} has the labels of the service {service} of the project {project} from its image, and compose did not make it.",
            "It is given no password. Find out who runs it, remove it, and start the service with compose.", service);
    }

    /// <summary>
    /// Whether what a container says of itself stands in its image, which anybody can build. Compose numbers the containers that it makes,
    /// and
    /// gives project and service, but never a number, to the images that it builds.
    /// </summary>
    private static async Task<bool> IsLabelledByItsImageAsync(DockerEngine engine, ContainerListResponse container, CancellationToken ct)
    {
        IDictionary<string, string>? image = (await engine.CallAsync($"the image {container.Image}",
            (client, token) => client.Images.InspectImageAsync(container.ImageID, token), ct).ConfigureAwait(false)).Config?.Labels;
        if (image is null || !(image.ContainsKey(ComposeLabels.Project) || image.ContainsKey(ComposeLabels.Service))) return false;
        return image.ContainsKey(ComposeLabels.Number) || !DockerQuery.Map(container.Labels).ContainsKey(ComposeLabels.Number);
    }

    /// <summary>Whether Compose has made a container: it has a number that is not of its image.</summary>
    internal static async Task<bool> IsMadeAsync(DockerEngine engine, ContainerListResponse container, CancellationToken ct)
    {
        if (!DockerQuery.Map(container.Labels).ContainsKey(ComposeLabels.Number)) return false;
        // An image never changes under its id. One that was removed by force while it runs says nothing any more.
        if (Numbered.TryGetValue(container.ImageID, out bool known)) return !known;
        try
        {
            bool numbered = (await engine.CallAsync($"the image {container.Image}", (client, token) =>
                client.Images.InspectImageAsync(container.ImageID, token), ct).ConfigureAwait(false)).Config?.Labels
                ?.ContainsKey(ComposeLabels.Number) is true;
            return !(Numbered[container.ImageID] = numbered);
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return true; }
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

    /// <summary>What a container was made with; null when it has gone.</summary>
    internal static async Task<ComposeDrift.Details?> DetailsAsync(DockerEngine engine, ServiceInstance instance, CancellationToken ct)
    {
        try
        {
            ContainerInspectResponse container = await engine.CallAsync($"the container {instance.Name}", (client, token) =>
                client.Containers.InspectContainerAsync(instance.Id, token), ct).ConfigureAwait(false);
            var variables = (container.Config?.Env ?? []).Select(v => v.Split('=', 2)).GroupBy(v => v[0]).ToDictionary(v => v.Key, v =>
                v.Last().ElementAtOrDefault(1) ?? "", StringComparer.Ordinal);
            return new ComposeDrift.Details(variables, DockerQuery.Text(container.Config?.Image), ContainerReader.Made(container));
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return null; }
    }

    /// <summary>What the first container of a service has as its variables.</summary>
    internal static async Task<IReadOnlyDictionary<string, string>> VariablesAsync(DockerEngine engine, ServiceRecord service,
        CancellationToken ct) => service.Instances.Count > 0 && await DetailsAsync(engine, service.Instances[0], ct).ConfigureAwait(false)
            is { } made ? made.Environment : new Dictionary<string, string>();

    /// <summary>Takes away containers that a change has made and that failed.</summary>
    internal static async Task RemoveAsync(DockerEngine engine, IEnumerable<ServiceInstance> instances)
    {
        var how = new ContainerRemoveParameters { Force = true, RemoveVolumes = true };
        foreach (ServiceInstance left in instances)
            await engine.CallAsync("a container to take away", (client, token) =>
                client.Containers.RemoveContainerAsync(left.Id, how, token), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The containers of a project that Compose has not made for one run of a program.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="project">The project.</param>
    /// <param name="service">Only those of this service; null for all.</param>
    /// <param name="all">Those that do not run, too.</param>
    /// <param name="ct">Ends it.</param>
    internal static async Task<IReadOnlyList<ContainerListResponse>> ListAsync(DockerEngine engine, string project, string? service,
        bool all, CancellationToken ct)
    {
        string[] labels = service is null ? [ComposeLabels.OfProject(project)]
            : [ComposeLabels.OfProject(project), ComposeLabels.OfService(service)];
        var which = new ContainersListParameters
        {
            All = all,
            Filters = DockerQuery.Filters(("label", labels)),
        };
        IList<ContainerListResponse> listed = await engine.CallAsync("the list of containers",
            (client, token) => client.Containers.ListContainersAsync(which, token), ct).ConfigureAwait(false);
        return [.. listed.Where(c => !ComposeLabels.IsOneOff(DockerQuery.Map(c.Labels).GetValueOrDefault(ComposeLabels.OneOff)))];
    }

    private static async Task<ServiceInstance> InspectAsync(DockerEngine engine, string id, string service, CancellationToken ct) =>
        ContainerReader.Read(await engine.CallAsync($"the container {id}", (client, token) =>
            client.Containers.InspectContainerAsync(id, token), ct)
            .ConfigureAwait(false), service, digest: null, DateTimeOffset.UtcNow);
}
