using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Reads how a container was made, and how it is.</summary>
internal sealed class InstanceReader(DockerEngine engine, TimeProvider time)
{
    private static readonly string[] DefaultShell = ["/bin/sh", "-c"];

    /// <summary>One container, by id or name; null when there is none.</summary>
    public async Task<InstanceFacts?> FindAsync(string id, string service, CancellationToken ct) =>
        await InspectAsync(id, ct).ConfigureAwait(false) is { } container ? Read(container, service) : null;

    /// <summary>What the engine says of a container; null when there is none.</summary>
    public async Task<ContainerInspectResponse?> InspectAsync(string id, CancellationToken ct)
    {
        try
        {
            return await engine.CallAsync($"the container {id}", (client, token) => client.Containers.InspectContainerAsync(id, token),
                ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return null; }
    }

    private InstanceFacts Read(ContainerInspectResponse container, string service) => new()
    {
        Instance = ContainerReader.Read(container, service, container.Image, time.GetUtcNow()),
        ImageId = container.Image ?? "",
        Variables = Variables(container.Config?.Env),
        Addresses = (container.NetworkSettings?.Networks ?? new Dictionary<string, EndpointSettings>())
            .Select(n => (n.Key, Address: DockerQuery.Text(n.Value?.IPAddress) ?? DockerQuery.Text(n.Value?.GlobalIPv6Address)))
            .Where(n => n.Address is not null).ToDictionary(n => n.Key, n => n.Address!),
        HealthTest = Test(container.Config),
        HealthTimeout = container.Config?.Healthcheck?.Timeout is { } limit && limit > TimeSpan.Zero ? limit : TimeSpan.FromSeconds(30),
        Ports = [.. (container.Config?.ExposedPorts?.Keys ?? (ICollection<string>)[]).Select(p => p.Split('/')).Where(p => p.Length == 1
            || p[1] == "tcp")
            .Select(p => int.TryParse(p[0], out int port) ? port : 0).Where(p => p > 0).Order()],
        Mounts = (container.Mounts ?? []).GroupBy(m => m.Destination ?? "").ToDictionary(m => m.Key, m => m.First() is var mount
            && mount.Type == "volume" ? "volume " + mount.Name : mount.Source ?? ""),
        IsNamedByUs = (DockerQuery.Map(container.Config?.Labels).GetValueOrDefault(ComposeLabels.Files) ?? "").Split(',')
            .Any(ComposeMaker.IsImageFile),
        Settings = Settings(container.Config) with
        {
            MemoryBytes = container.HostConfig?.Memory ?? 0, NanoCpus = container.HostConfig?.NanoCPUs ?? 0,
            Mounts = [.. (container.Mounts ?? []).Where(m => m.Type == "bind" || (m.Type == "volume" && !IsNameless(m.Name))).Select(m =>
                $"{(m.Type == "bind" ? m.Source?.TrimEnd('/') : m.Name)}:{m.Destination?.TrimEnd('/')}")],
            Ports = [.. (container.HostConfig?.PortBindings ?? new Dictionary<string, IList<PortBinding>>()).SelectMany(p =>
                (p.Value ?? []).Select(b => $"{(b.HostPort is { Length: > 0 } port and not "0" ? port : "*")}:{p.Key}")).Distinct()],
        },
        IsOnHostNetwork = container.HostConfig?.NetworkMode == "host",
    };

    /// <summary>What the engine, or an image, says of how a container is made.</summary>
    internal static InstanceSettings Settings(ContainerConfig? made) => made is null ? new InstanceSettings() : new InstanceSettings
    {
        Command = [.. made.Cmd ?? []], Entrypoint = [.. made.Entrypoint ?? []], User = made.User ?? "",
        WorkingDirectory = made.WorkingDir ?? "", HealthTest = [.. made.Healthcheck?.Test ?? []],
        HealthInterval = made.Healthcheck?.Interval, HealthTimeout = made.Healthcheck?.Timeout,
    };

    /// <summary>Volumes that nobody has named have a number of 64 digits.</summary>
    private static bool IsNameless(string? name) => name is { Length: 64 } && name.All(char.IsAsciiHexDigit);

    internal static Dictionary<string, string> Variables(IEnumerable<string>? written) => (written ?? []).Select(v => v.Split('=', 2))
        .GroupBy(v => v[0]).ToDictionary(v => v.Key, v => v.Last().ElementAtOrDefault(1) ?? "", StringComparer.Ordinal);

    /// <summary>The health check's program, as the engine would run it.</summary>
    private static string[] Test(ContainerConfig? made) => made?.Healthcheck?.Test is not { Count: > 1 } test ? [] : test[0] switch
    {
        "CMD" => [.. test.Skip(1)],
        "CMD-SHELL" => [.. made.Shell is { Count: > 0 } shell ? shell : DefaultShell, test[1]],
        _ => [],
    };
}
