using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>A workload of a cluster, as it is asked for at one moment.</summary>
public sealed record WorkloadRecord
{
    /// <summary>The service that it is.</summary>
    public required string Service { get; init; }

    /// <summary><c>Deployment</c>, <c>StatefulSet</c> or <c>DaemonSet</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its name in the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Its uid.</summary>
    public required string Uid { get; init; }

    /// <summary>The version of it that was read.</summary>
    public required string Version { get; init; }

    /// <summary>A hash of the specification of its pods. It is kept nowhere but in the cluster: it is made of values that may be
    /// secret.</summary>
    public required string Template { get; init; }

    /// <summary>The change of this module that asked for that specification last; null where others did, or have
    /// changed it since.</summary>
    public string? Change { get; init; }

    /// <summary>Its containers, those that prepare the pod last; the one that programs are run in first.</summary>
    public IReadOnlyList<WorkloadContainer> Containers { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How many instances are wanted; null for one on each node.</summary>
    public int? Replicas { get; init; }

    /// <summary>How instances are replaced: <c>RollingUpdate</c>, <c>Recreate</c>, <c>OnDelete</c>.</summary>
    public string Strategy { get; init; } = "RollingUpdate";

    /// <summary>What keeps instances as they are.</summary>
    public RolloutHold Held { get; init; }

    /// <summary>Of a StatefulSet: instances of lower numbers stay as they are.</summary>
    public int Partition { get; init; }

    /// <summary>How long a rollout may come no further; null where nobody set that.</summary>
    public TimeSpan? ProgressDeadline { get; init; }

    /// <summary>How many older revisions the cluster keeps.</summary>
    public int RevisionLimit { get; init; } = 10;

    /// <summary>The number of the revision that is asked for; null while the cluster has not made it.</summary>
    public long? Revision { get; init; }

    /// <summary>True when the last rollout is beyond its deadline.</summary>
    public bool HasFailed { get; init; }

    /// <summary>True while instances are replaced by others.</summary>
    public bool IsUpdating { get; init; }

    /// <summary>Who changed the specification last, as the cluster has it (the manager of its fields), and when; null where it does not
    /// say.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>The names of the containers with their images, in words that stay the same as long as those do.</summary>
    public string Images => string.Join(' ', Containers.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => $"{c.Name}={c.Image}"));

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>A container of a workload, as it is asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Image">Its image.</param>
/// <param name="IsInit">True of one that prepares the pod.</param>
/// <param name="Limits">What it may use at most: amounts by name (<c>cpu</c>, <c>memory</c>).</param>
/// <param name="Requests">What it is promised.</param>
public sealed record WorkloadContainer(string Name, string Image, bool IsInit, IReadOnlyDictionary<string, string> Limits,
    IReadOnlyDictionary<string, string> Requests)
{
    /// <summary>True when the pod has a probe that says when it takes requests.</summary>
    public bool IsProbed { get; init; }

    /// <summary>True when something is done before it is told to end.</summary>
    public bool HasPreStop { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}={Image}";
}

/// <summary>What is to be changed of one container.</summary>
/// <param name="Container">Which.</param>
/// <param name="Image">The image to ask for; null leaves it.</param>
/// <param name="Memory">The most memory, as the cluster writes it (<c>512Mi</c>); null leaves it.</param>
/// <param name="Cpu">The most of processors, as the cluster writes it (<c>500m</c>); null leaves it.</param>
public sealed record WorkloadEdit(string Container, string? Image = null, string? Memory = null, string? Cpu = null);

/// <summary>What the cluster is told of who changes something, which its revisions then show.</summary>
/// <param name="Change">The change's id in the journal.</param>
/// <param name="By">Who.</param>
/// <param name="Cause">What for, in a sentence; it becomes the cluster's change-cause.</param>
public sealed record WorkloadNote(string Change, string By, string Cause);

/// <summary>Something that stands against a rollout, or should be known before it.</summary>
/// <param name="Id">What, in kebab-case, for scripts: <c>paused</c>, <c>disruption-budget</c>.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Words">In a sentence.</param>
/// <param name="Action">What to do about it; null where nothing is to be done.</param>
public sealed record WorkloadFinding(string Id, WorkloadFindingSeverity Severity, string Words, string? Action = null);

/// <summary>How bad a finding is.</summary>
public enum WorkloadFindingSeverity
{
    /// <summary>To be known.</summary>
    Note,
    /// <summary>It may go wrong, or cost something.</summary>
    Warning,
    /// <summary>It is not begun.</summary>
    Refused,
}
