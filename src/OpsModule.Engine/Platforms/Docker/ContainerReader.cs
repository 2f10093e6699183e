using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Turns what the engine says of a container into an instance.</summary>
internal static class ContainerReader
{
    /// <summary>For a container that may take as long as it likes; longer than a timer counts is no good.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>The answer to <c>/containers/{id}/json</c>.</summary>
    public static ServiceInstance Read(JsonElement container, string service, string? digest)
    {
        InstanceState state = State(container.Text("State", "Status"));
        string? error = container.Text("State", "Error") is { Length: > 0 } said ? said : null;
        // It was made, and could not be started.
        if (state == InstanceState.Pending && error is not null) state = InstanceState.Exited;
        DateTimeOffset? finished = container.Time("State", "FinishedAt");
        bool ended = state is InstanceState.Exited or InstanceState.Restarting or InstanceState.Dead && finished is not null;
        int? exitCode = ended || (state == InstanceState.Exited && error is not null) ? (int?)container.Number("State", "ExitCode") : null;
        return new ServiceInstance
        {
            Id = container.Text("Id") ?? "",
            Name = container.Text("Name")?.TrimStart('/') ?? "",
            Service = service,
            Image = container.Text("Config", "Image"),
            ImageDigest = digest,
            State = state,
            Reason = state == InstanceState.Exited ? error : null,
            // What ended keeps the verdict of its last check, which says nothing any more.
            Health = state is InstanceState.Running or InstanceState.Paused ? Health(container.Text("State", "Health", "Status")) : InstanceHealth.None,
            Restarts = (int)(container.Number("RestartCount") ?? 0),
            ExitCode = exitCode,
            OutOfMemory = container.IsTrue("State", "OOMKilled"),
            MemoryLimitBytes = container.Number("HostConfig", "Memory") is { } limit and > 0 ? limit : null,
            StopGrace = container.Number("Config", "StopTimeout") switch { null => null, < 0 => Longest, var seconds => TimeSpan.FromSeconds(Math.Min(seconds.Value, Longest.TotalSeconds)) },
            StartedAt = container.Time("State", "StartedAt"),
            FinishedAt = ended ? finished : null,
            Ports = Ports(container.At("NetworkSettings", "Ports")),
            Labels = DockerJson.Map(container.At("Config", "Labels")),
            Address = container.Members("NetworkSettings", "Networks").Select(n => n.Value.Text("IPAddress") ?? n.Value.Text("GlobalIPv6Address")).FirstOrDefault(a => a is not null),
            Terminal = container.IsTrue("Config", "Tty"),
            LogKeeping = container.Text("HostConfig", "LogConfig", "Type") is { } driver
                ? new LogKeeping(driver, container.Text("HostConfig", "LogConfig", "Config", "max-size"), container.Text("HostConfig", "LogConfig", "Config", "max-file")) : null,
        };
    }

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

    private static List<ServicePort> Ports(JsonElement ports)
    {
        var found = new List<ServicePort>();
        foreach (JsonProperty port in ports.Members())
        {
            string[] parts = port.Name.Split('/');
            if (!int.TryParse(parts[0], out int inside)) continue;
            string protocol = parts.Length > 1 ? parts[1] : "tcp";
            ServicePort[] published = [.. port.Value.Items().Where(b => b.Text("HostPort") is not null)
                .Select(b => new ServicePort(inside, protocol, b.Text("HostIp") ?? "0.0.0.0", int.TryParse(b.Text("HostPort"), out int outside) ? outside : null))];
            // The engine tells of every port twice where it listens on IPv6, too.
            found.AddRange(published.Length == 0 ? [new ServicePort(inside, protocol)]
                : published.Where(p => p.HostAddress != "::" || !published.Contains(p with { HostAddress = "0.0.0.0" })));
        }
        return found;
    }
}
