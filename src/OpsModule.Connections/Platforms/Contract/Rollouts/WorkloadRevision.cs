using System.Text.Json;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>A revision that the cluster keeps of a workload: a ReplicaSet, or a ControllerRevision.</summary>
public sealed record WorkloadRevision
{
    /// <summary>Its number, as <c>kubectl rollout history</c> shows it.</summary>
    public required long Number { get; init; }

    /// <summary>The name of the ReplicaSet or ControllerRevision.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made first, UTC; the same specification asked for again is the same revision under a new number.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>True of the one that is asked for now.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>How many instances of it there are; null where the cluster does not count them by revision.</summary>
    public int? Instances { get; init; }

    /// <summary>Images by container.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>The change of this module that made it; null when others did, or nobody can tell.</summary>
    public string? Change { get; init; }

    /// <summary>Who made it: of a change of ours the person, else the program, where the cluster knows it (kubectl-set, helm); else
    /// null.</summary>
    public string? By { get; init; }

    /// <summary>What for, as whoever made it wrote it into the cluster; null where nobody did.</summary>
    public string? Cause { get; init; }

    /// <summary>The specification of its pods. It may hold secrets: it never leaves this process but into the cluster.</summary>
    internal JsonElement Template { get; init; }

    /// <summary>The images in words.</summary>
    public string ImageText => string.Join(", ", Images.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i =>
        Images.Count == 1 ? i.Value : $"{i.Key}={i.Value}"));

    /// <inheritdoc/>
    public override string ToString() => $"revision {Number} ({ImageText})";
}

/// <summary>Something in which the specifications of two revisions differ.</summary>
/// <param name="What">What: <c>image</c>, <c>variable</c>, <c>amount</c>, <c>container</c>, <c>setting</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="From">What it was; null where it was not.</param>
/// <param name="To">What it is; null where it is no more.</param>
public sealed record WorkloadDifference(string What, string Name, string? From, string? To)
{
    /// <inheritdoc/>
    public override string ToString() => $"{What} {Name}: {From ?? "none"} -> {To ?? "none"}";
}

/// <summary>How far a rollout is.</summary>
public sealed record WorkloadProgress
{
    /// <summary>The service as a whole.</summary>
    public required ServiceRecord Service { get; init; }

    /// <summary>The workload as it is asked for.</summary>
    public required WorkloadRecord Workload { get; init; }

    /// <summary>Instances of what is asked for.</summary>
    public IReadOnlyList<ServiceInstance> New { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Instances of other revisions, those that are ending, too.</summary>
    public IReadOnlyList<ServiceInstance> Old { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How many instances are to be of what is asked for.</summary>
    public int Wanted { get; init; }

    /// <summary>True when the cluster has begun what was asked for last.</summary>
    public bool IsObserved { get; init; }

    /// <summary>True when all is as asked, and was seen: each instance that is to be new is new and ready, and no other is left.</summary>
    public bool IsDone { get; init; }

    /// <summary>Why it will not come by itself, or is not coming now; null while nothing is wrong.</summary>
    public WorkloadTrouble? Trouble { get; init; }

    /// <summary>In words.</summary>
    public string Words => !IsObserved ? "the cluster has not begun"
        : $"{New.Count(i => i.IsReady)} of {Wanted} new and ready"
            + (Old.Count == 0 ? "" : Old.Count == 1 ? ", 1 old is left" : $", {Old.Count} old are left");
}

/// <summary>Why a rollout does not come further.</summary>
/// <param name="Reason">In the cluster's word: <c>ImagePullBackOff</c>, <c>Unschedulable</c>, <c>ProgressDeadlineExceeded</c>.</param>
/// <param name="Words">In a sentence.</param>
/// <param name="IsFinal">True of what does not come by itself, so that waiting is of no use.</param>
/// <param name="Instance">The instance that it is about; null for the whole.</param>
public sealed record WorkloadTrouble(string Reason, string Words, bool IsFinal, ServiceInstance? Instance = null);

/// <summary>A Lease of a namespace: who holds it, since when, and until when unless it is renewed.</summary>
public sealed record LeaseRecord
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who holds it; null for nobody.</summary>
    public string? Holder { get; init; }

    /// <summary>When it was taken.</summary>
    public DateTimeOffset? AcquiredAt { get; init; }

    /// <summary>When it was renewed last.</summary>
    public DateTimeOffset? RenewedAt { get; init; }

    /// <summary>How long it holds after that.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The version that was read; null for one that is to be made.</summary>
    public string? Version { get; init; }

    /// <summary>How often another has taken it.</summary>
    public int Transitions { get; init; }
}
