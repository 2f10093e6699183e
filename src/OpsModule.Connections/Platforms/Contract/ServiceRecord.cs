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
    /// <summary>Fewer instances than wanted are ready, or its rollout has failed.</summary>
    Degraded,
    /// <summary>None is ready, though some are wanted.</summary>
    Down,
    /// <summary>None is wanted, and none runs.</summary>
    Stopped,
}

/// <summary>Why instances of an older specification stay as they are until somebody does something.</summary>
public enum RolloutHold
{
    /// <summary>There are none, or they are replaced by themselves.</summary>
    None,
    /// <summary>Its rollouts are paused.</summary>
    Paused,
    /// <summary>Its strategy is OnDelete: each is replaced when somebody deletes it.</summary>
    OnDelete,
    /// <summary>A partition keeps those of lower numbers, as it is meant to.</summary>
    Partition,
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

    /// <summary>The image of what runs, else the one that is asked for; null for a process of the host.</summary>
    public string? Image { get; init; }

    /// <summary>Kubernetes: the image that is asked for, where something else runs; else null.</summary>
    public string? ImageWanted { get; init; }

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

    /// <summary>Kubernetes: how many instances are made of the newest specification; null where the platform does not say.</summary>
    public int? Updated { get; init; }

    /// <summary>Kubernetes: true while its rollouts are held (<c>kubectl rollout pause</c>).</summary>
    public bool IsPaused { get; init; }

    /// <summary>Kubernetes: why instances of an older specification stay as they are; None where there are none, or they are replaced.</summary>
    public RolloutHold Held { get; init; }

    /// <summary>True when what it was doing has failed, and nothing is tried any more: a rollout beyond its deadline, a job that gave up.</summary>
    public bool HasFailed { get; init; }

    /// <summary>True of a job that has done its work.</summary>
    public bool IsDone { get; init; }

    /// <summary>What the platform says is wrong with the whole, in its own words; null where it says nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>Kubernetes: how long its rollout may go on without coming further; null where nobody set that.</summary>
    public TimeSpan? ProgressDeadline { get; init; }

    /// <summary>How it is.</summary>
    public ServiceState State => KeptState ?? (Wanted, Ready, Instances.Count(i => i.State is InstanceState.Running)) switch
    {
        (0, _, 0) => ServiceState.Stopped,
        var (wanted, ready, _) when ready >= wanted => HasFailed ? ServiceState.Degraded : ServiceState.Running,
        _ when !HasFailed && Instances.Any(i => i is { State: InstanceState.Pending, IsStuck: false } || i.Health is InstanceHealth.Starting)
            => ServiceState.Starting,
        (_, 0, _) => ServiceState.Down,
        _ => ServiceState.Degraded,
    };

    /// <summary>Why it is not as it should be, of the first instance that is not; null when it is, or nothing is known.</summary>
    public string? Reason => KeptReason ?? InstanceWords.Why(this);

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
    internal string? KeptReason { get; init; }
    internal InstanceHealth? KeptHealth { get; init; }
    internal int? KeptRestarts { get; init; }
    internal DateTimeOffset? KeptStartedAt { get; init; }

    // One that was stopped is not bad: somebody wanted it so.
    bool IVerdict.IsBad() => State is ServiceState.Down or ServiceState.Unknown || Health is InstanceHealth.Unhealthy;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
