using System.Globalization;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Turns what the engine says of a container into an instance.</summary>
public static class ContainerReader
{
    /// <summary>For a container that may take as long as it likes; longer than a timer counts is no good.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Between making and starting there are moments, for Compose makes all containers first; more than that is no
    /// start.</summary>
    private static readonly TimeSpan SoonStarted = TimeSpan.FromMinutes(2);

    private const int MostOutput = 200;

    /// <summary>What the engine tells of a container by itself.</summary>
    /// <param name="container">The answer.</param>
    /// <param name="service">The service it belongs to.</param>
    /// <param name="digest">The digest of its image.</param>
    /// <param name="now">The time.</param>
    public static ServiceInstance Read(ContainerInspectResponse container, string service, string? digest, DateTimeOffset now)
    {
        (State? told, ContainerConfig? made, HostConfig? kept) = (container.State, container.Config, container.HostConfig);
        InstanceState state = State(told?.Status);
        string? error = DockerQuery.Text(told?.Error);
        // It was made, and could not be started.
        bool unstarted = state == InstanceState.Pending && error is not null;
        TimeSpan since = Made(container) > DateTimeOffset.UnixEpoch ? now - Made(container) : TimeSpan.Zero;
        bool forgotten = state == InstanceState.Pending && !unstarted && since > SoonStarted;
        if (unstarted || forgotten) state = InstanceState.Exited;
        DateTimeOffset? finished = DockerQuery.Time(told?.FinishedAt);
        bool ended = state is InstanceState.Exited or InstanceState.Restarting or InstanceState.Dead && finished is not null;
        int? exitCode = (ended && !forgotten) || unstarted ? (int?)told?.ExitCode : null;
        InstanceHealth health = state is InstanceState.Running or InstanceState.Paused ? Health(told?.Health?.Status) : InstanceHealth.None;
        return new ServiceInstance
        {
            Id = container.ID ?? "",
            Name = container.Name?.TrimStart('/') ?? "",
            Service = service,
            Image = DockerQuery.Text(made?.Image),
            ImageDigest = digest,
            State = state,
            Reason = error is not null && state is InstanceState.Exited or InstanceState.Restarting or InstanceState.Dead ? error
                : forgotten ? $"it was made {DurationText.Show(since)} ago and never started" : Reason(state),
            // What ended keeps the verdict of its last check, which says nothing any more.
            Health = health,
            HealthOutput = health is InstanceHealth.Unhealthy or InstanceHealth.Starting ? Said(told?.Health) : null,
            HasFailed = state == InstanceState.Exited && !forgotten && (unstarted || (exitCode is > 0 and < SignalCodes
                && !StartsAgain(kept))),
            Restarts = (int)container.RestartCount,
            ExitCode = exitCode,
            OutOfMemory = told?.OOMKilled ?? false,
            MemoryLimitBytes = kept?.Memory is { } limit and > 0 ? limit : null,
            StopGrace = made?.StopTimeout is { } grace ? grace < TimeSpan.Zero || grace > Longest ? Longest : grace : null,
            StartedAt = DockerQuery.Time(told?.StartedAt),
            FinishedAt = ended && !unstarted && !forgotten ? finished : null,
            Ports = Ports(container.NetworkSettings?.Ports),
            Labels = DockerQuery.Map(made?.Labels),
            Address = container.NetworkSettings?.Networks?.Values.Select(n => DockerQuery.Text(n?.IPAddress) ?? DockerQuery.Text(n?.GlobalIPv6Address)).FirstOrDefault(a => a is not null),
            Terminal = made?.Tty ?? false,
            LogKeeping = DockerQuery.Text(kept?.LogConfig?.Type) is { } driver ? new LogKeeping(driver, Option(kept!.LogConfig, "max-size"), Option(kept.LogConfig, "max-file")) : null,
        };
    }

    /// <summary>Exit codes from here on are of signals, and may be somebody's docker stop.</summary>
    private const int SignalCodes = 128;

    /// <summary>What a listing tells of a container: who it is, and its labels.</summary>
    internal static ServiceInstance Listed(ContainerListResponse container)
    {
        IReadOnlyDictionary<string, string> labels = DockerQuery.Map(container.Labels);
        return new ServiceInstance
        {
            Id = container.ID ?? "", Name = container.Names?.FirstOrDefault()?.TrimStart('/') ?? "",
            Service = labels.GetValueOrDefault(ComposeLabels.Service) ?? "", Labels = labels,
        };
    }

    /// <summary>When it was made.</summary>
    internal static DateTimeOffset Made(ContainerInspectResponse container) => new(container.Created.Kind == DateTimeKind.Local
        ? container.Created.ToUniversalTime() : DateTime.SpecifyKind(container.Created, DateTimeKind.Utc));

    private static string? Reason(InstanceState state) => state switch
    {
        InstanceState.Paused => "somebody holds it (docker pause)",
        InstanceState.Restarting => "it ends and is started again",
        InstanceState.Dead => "it could not be taken away",
        _ => null,
    };

    private static bool StartsAgain(HostConfig? kept) =>
        kept?.RestartPolicy?.Name is RestartPolicyKind.Always or RestartPolicyKind.UnlessStopped;

    /// <summary>What a failing check said last, in one line.</summary>
    private static string? Said(Health? health)
    {
        if (health?.Log?.LastOrDefault(l => l is { ExitCode: not 0 }) is not { } last) return null;
        string line = string.Join(' ', (last.Output ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length == 0 ? $"nothing, and exit code {last.ExitCode}" : line.Length > MostOutput ? line[..MostOutput] + "..." : line;
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
