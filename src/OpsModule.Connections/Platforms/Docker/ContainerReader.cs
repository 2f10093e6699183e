using System.Globalization;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Turns what the engine says of a container into an instance.</summary>
public static class ContainerReader
{
    /// <summary>For a container that may take as long as it likes; longer than a timer counts is no good.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>What the engine tells of a container by itself.</summary>
    public static ServiceInstance Read(ContainerInspectResponse container, string service, string? digest)
    {
        (State? told, ContainerConfig? made, HostConfig? kept) = (container.State, container.Config, container.HostConfig);
        InstanceState state = State(told?.Status);
        string? error = DockerQuery.Text(told?.Error);
        // It was made, and could not be started.
        if (state == InstanceState.Pending && error is not null) state = InstanceState.Exited;
        DateTimeOffset? finished = DockerQuery.Time(told?.FinishedAt);
        bool ended = state is InstanceState.Exited or InstanceState.Restarting or InstanceState.Dead && finished is not null;
        int? exitCode = ended || (state == InstanceState.Exited && error is not null) ? (int?)told?.ExitCode : null;
        return new ServiceInstance
        {
            Id = container.ID ?? "",
            Name = container.Name?.TrimStart('/') ?? "",
            Service = service,
            Image = DockerQuery.Text(made?.Image),
            ImageDigest = digest,
            State = state,
            Reason = state == InstanceState.Exited ? error : null,
            // What ended keeps the verdict of its last check, which says nothing any more.
            Health = state is InstanceState.Running or InstanceState.Paused ? Health(told?.Health?.Status) : InstanceHealth.None,
            Restarts = (int)container.RestartCount,
            ExitCode = exitCode,
            OutOfMemory = told?.OOMKilled ?? false,
            MemoryLimitBytes = kept?.Memory is { } limit and > 0 ? limit : null,
            StopGrace = made?.StopTimeout is { } grace ? grace < TimeSpan.Zero || grace > Longest ? Longest : grace : null,
            StartedAt = DockerQuery.Time(told?.StartedAt),
            FinishedAt = ended ? finished : null,
            Ports = Ports(container.NetworkSettings?.Ports),
            Labels = DockerQuery.Map(made?.Labels),
            Address = container.NetworkSettings?.Networks?.Values.Select(n => DockerQuery.Text(n?.IPAddress) ?? DockerQuery.Text(n?.GlobalIPv6Address)).FirstOrDefault(a => a is not null),
            Terminal = made?.Tty ?? false,
            LogKeeping = DockerQuery.Text(kept?.LogConfig?.Type) is { } driver ? new LogKeeping(driver, Option(kept!.LogConfig, "max-size"), Option(kept.LogConfig, "max-file")) : null,
        };
    }

    private static string? Option(LogConfig keeping, string name) => DockerQuery.Text(DockerQuery.Map(keeping.Config).GetValueOrDefault(name));

    private static InstanceState State(string? status) => status switch
    {
        "created" or "configured" or "initialized" => InstanceState.Pending,
        "running" or "stopping" => InstanceState.Running,
        "paused" => InstanceState.Paused,
        "restarting" => InstanceState.Restarting,
        "exited" or "stopped" => InstanceState.Exited,
        "removing" or "dead" => InstanceState.Dead,
        _ => InstanceState.Unknown,
    };

    private static InstanceHealth Health(string? status) => status switch
    {
        "healthy" => InstanceHealth.Healthy,
        "starting" => InstanceHealth.Starting,
        "unhealthy" => InstanceHealth.Unhealthy,
        _ => InstanceHealth.None,
    };

    private static List<ServicePort> Ports(IDictionary<string, IList<PortBinding>>? ports)
    {
        var found = new List<ServicePort>();
        foreach ((string name, IList<PortBinding>? bindings) in ports ?? new Dictionary<string, IList<PortBinding>>())
        {
            string[] parts = name.Split('/');
            if (!int.TryParse(parts[0], CultureInfo.InvariantCulture, out int inside)) continue;
            string protocol = parts.Length > 1 ? parts[1] : "tcp";
            ServicePort[] published = [.. (bindings ?? []).Where(b => b.HostPort is { Length: > 0 })
                .Select(b => new ServicePort(inside, protocol, DockerQuery.Text(b.HostIP) ?? "0.0.0.0", int.TryParse(b.HostPort, CultureInfo.InvariantCulture, out int outside) ? outside : null))];
            // The engine tells of every port twice where it listens on IPv6, too.
            found.AddRange(published.Length == 0 ? [new ServicePort(inside, protocol)]
                : published.Where(p => p.HostAddress != "::" || !published.Contains(p with { HostAddress = "0.0.0.0" })));
        }
        return found;
    }
}
