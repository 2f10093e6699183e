using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>What an instance does.</summary>
public enum InstanceState
{
    /// <summary>The platform says something that this version does not know.</summary>
    Unknown,
    /// <summary>Made, or waiting for a place; not started yet.</summary>
    Pending,
    /// <summary>It runs.</summary>
    Running,
    /// <summary>It runs, and is held.</summary>
    Paused,
    /// <summary>It ended, and the platform starts it again.</summary>
    Restarting,
    /// <summary>It ended, and stays so.</summary>
    Exited,
    /// <summary>It is being taken away, or could not be.</summary>
    Dead,
}

/// <summary>What the platform's own health check says.</summary>
public enum InstanceHealth
{
    /// <summary>There is no health check.</summary>
    None,
    /// <summary>The check passes.</summary>
    Healthy,
    /// <summary>It has just started; the check does not count yet.</summary>
    Starting,
    /// <summary>The check fails.</summary>
    Unhealthy,
}

/// <summary>A port of an instance.</summary>
/// <param name="Container">The port inside.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="HostAddress">The address it is published on, or null when it is not.</param>
/// <param name="Host">The port it is published on, or null when it is not.</param>
public sealed record ServicePort(int Container, string Protocol, string? HostAddress = null, int? Host = null)
{
    /// <inheritdoc/>
    public override string ToString() => Host is null ? $"{Container}/{Protocol}" : $"{HostAddress}:{Host}->{Container}/{Protocol}";
}

/// <summary>One running (or ended) copy of a service: a container, a pod, a systemd unit.</summary>
public sealed record ServiceInstance
{
    /// <summary>The platform's identifier: a container id, a pod's name, a unit's name.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The service it belongs to.</summary>
    public required string Service { get; init; }

    /// <summary>The image as it was asked for; null for a process of the host.</summary>
    public string? Image { get; init; }

    /// <summary>The digest of the image that really runs (<c>sha256:...</c>), or null.</summary>
    public string? ImageDigest { get; init; }

    /// <summary>What it does.</summary>
    public InstanceState State { get; init; }

    /// <summary>
    /// Why it is in that state: in the platform's words (<c>CrashLoopBackOff</c>, <c>ImagePullBackOff</c>, why it could not be started), or
    /// in ours; null where nothing is known.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>What the platform says of that reason, in a sentence; null where it says no more.</summary>
    public string? Detail { get; init; }

    /// <summary>True of one that waits for what does not come by itself: an image that is not there, a node with room for it.</summary>
    public bool IsStuck { get; init; }

    /// <summary>Kubernetes: the node that it is on; null elsewhere, and while it has none.</summary>
    public string? Node { get; init; }

    /// <summary>What its health check says.</summary>
    public InstanceHealth Health { get; init; }

    /// <summary>Docker: what its health check said last, while that does not pass; else null.</summary>
    public string? HealthOutput { get; init; }

    /// <summary>How often the platform has started it again.</summary>
    public int Restarts { get; init; }

    /// <summary>The exit code of its last end; null when it has not ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>True when it ended well and is not to be started again: a job that is done.</summary>
    public bool IsDone { get; init; }

    /// <summary>Docker: true when it ended badly by itself, or could not be started, and nothing starts it again.</summary>
    public bool HasFailed { get; init; }

    /// <summary>Docker: how long it may take to end by itself, as its maker says (<c>stop_grace_period</c>); null for the engine's 10 seconds.</summary>
    public TimeSpan? StopGrace { get; init; }

    /// <summary>True when it was ended for want of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>The memory it may have; null without a limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>When it started, UTC; null when it has not.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended, UTC; null while it runs.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Its ports.</summary>
    public IReadOnlyList<ServicePort> Ports { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The address other instances reach it at, or null.</summary>
    public string? Address { get; init; }

    /// <summary>Kubernetes: the containers of the pod, the one that programs are run in first; else none.</summary>
    public IReadOnlyList<string> Containers { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Kubernetes: the containers that prepare the pod and end before the others start; else none.</summary>
    public IReadOnlyList<string> InitContainers { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when it has a terminal, which has one output stream.</summary>
    public bool Terminal { get; init; }

    /// <summary>How its output is kept: Docker's log driver with <c>max-size</c> and <c>max-file</c> as options; null where the platform decides.</summary>
    public LogKeeping? LogKeeping { get; init; }

    /// <summary>True when it counts as ready: it runs, and its health check, where there is one, passes.</summary>
    public bool IsReady => State == InstanceState.Running && Health is InstanceHealth.None or InstanceHealth.Healthy;

    /// <summary>True when it may have written something: of a pod that still prepares itself, the containers that do so.</summary>
    public bool HasOutput() => State != InstanceState.Pending || StartedAt is not null;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>How a container's output is kept.</summary>
/// <param name="Driver">The log driver, for example <c>json-file</c>.</param>
/// <param name="MaxSize">The size at which a file is rotated, as written; null for never.</param>
/// <param name="MaxFiles">How many files are kept; null for the driver's default.</param>
public sealed record LogKeeping(string Driver, string? MaxSize, string? MaxFiles)
{
    /// <summary>True when output grows without a limit.</summary>
    public bool IsUnbounded => Driver is "json-file" && MaxSize is null;
}
