using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>How a service is, all instances together.</summary>
public enum ServiceState
{
    /// <summary>It cannot be told.</summary>
    Unknown,
    /// <summary>As many instances as wanted are ready.</summary>
    Running,
    /// <summary>Instances are starting, or their health check does not count yet.</summary>
    Starting,
    /// <summary>Fewer instances than wanted are ready.</summary>
    Degraded,
    /// <summary>None is ready, though some are wanted.</summary>
    Down,
    /// <summary>None is wanted, and none runs.</summary>
    Stopped,
}

/// <summary>One service: what is wanted and what there is.</summary>
public sealed record ServiceRecord : IVerdict
{
    /// <summary>The service's name on the platform.</summary>
    public required string Name { get; init; }

    /// <summary>The environment it belongs to.</summary>
    public required string Environment { get; init; }

    /// <summary>The platform, and on Kubernetes the kind of workload: <c>compose</c>, <c>Deployment</c>, <c>StatefulSet</c>, <c>systemd</c> ...</summary>
    public required string Kind { get; init; }

    /// <summary>Kubernetes: the workload's uid, which a workload that is made anew under its name does not have; else null.</summary>
    public string? Uid { get; init; }

    /// <summary>The image as it is asked for; null for a process of the host.</summary>
    public string? Image { get; init; }

    /// <summary>The digest of the image that really runs, where all instances run the same; else null.</summary>
    public string? ImageDigest { get; init; }

    /// <summary>How many instances are wanted.</summary>
    public int Wanted { get; init; }

    /// <summary>How many the compose file wants, which may be more than there are; null elsewhere, and for a service that it does not hold.</summary>
    public int? Declared { get; init; }

    /// <summary>True when a profile that is not active keeps it back: it is started only by its full name, never by a wildcard.</summary>
    public bool IsOptional { get; init; }

    /// <summary>True when nothing of it runs because somebody stopped it, and not because nothing is wanted of it.</summary>
    public bool IsHeldBack { get; init; }

    /// <summary>The services that it needs (Compose's <c>depends_on</c>).</summary>
    public IReadOnlyList<ServiceDependency> DependsOn { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How many are ready.</summary>
    public int Ready => KeptReady ?? Instances.Count(i => i.IsReady);

    /// <summary>What decides how many are wanted (a HorizontalPodAutoscaler with its limits), in words; null without one.</summary>
    public string? Autoscaler { get; init; }

    /// <summary>True while instances are being replaced by others: those that are ready may not be the ones that are wanted.</summary>
    public bool IsUpdating { get; init; }

    /// <summary>How it is.</summary>
    public ServiceState State => KeptState ?? (Wanted, Ready, Instances.Count(i => i.State is InstanceState.Running)) switch
    {
        (0, _, 0) => ServiceState.Stopped,
        var (wanted, ready, _) when ready >= wanted => ServiceState.Running,
        _ when Instances.Any(i => i.State is InstanceState.Pending || i.Health is InstanceHealth.Starting) => ServiceState.Starting,
        (_, 0, _) => ServiceState.Down,
        _ => ServiceState.Degraded,
    };

    /// <summary>The worst that a health check of an instance says.</summary>
    public InstanceHealth Health => KeptHealth ?? (Instances.Count == 0 ? InstanceHealth.None : Instances.Max(i => i.Health));

    /// <summary>How often the platform has started its instances again, together.</summary>
    public int Restarts => KeptRestarts ?? Instances.Sum(i => i.Restarts);

    /// <summary>When the oldest instance that runs started, UTC.</summary>
    public DateTimeOffset? StartedAt => KeptStartedAt ?? Instances.Where(i => i.State == InstanceState.Running).Min(i => i.StartedAt);

    /// <summary>The ports of all instances.</summary>
    public IReadOnlyList<ServicePort> Ports => Instances.SelectMany(i => i.Ports).Distinct().ToArray();

    /// <summary>The instances.</summary>
    public IReadOnlyList<ServiceInstance> Instances { get; init => field = PlainList.Of(value); } = [];

    // As it was where the record comes from, when what it follows from was not kept.
    internal int? KeptReady { get; init; }
    internal ServiceState? KeptState { get; init; }
    internal InstanceHealth? KeptHealth { get; init; }
    internal int? KeptRestarts { get; init; }
    internal DateTimeOffset? KeptStartedAt { get; init; }

    // One that was stopped is not bad: somebody wanted it so.
    bool IVerdict.IsBad() => State is ServiceState.Down or ServiceState.Unknown || Health is InstanceHealth.Unhealthy;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
