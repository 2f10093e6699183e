using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>
/// Rolls out workloads of a cluster: its own controllers replace the instances and keep the revisions; this asks for a change, follows
/// what they do, and goes back.
/// </summary>
public interface IWorkloadRollout : IServiceRollout
{
    /// <summary>The workload behind a service, as it is asked for now.</summary>
    /// <exception cref="OpsException"><c>ServiceNotFound</c>, <c>WorkloadUnsupported</c> of what no controller rolls out.</exception>
    Task<WorkloadRecord> ReadAsync(string service, CancellationToken cancellationToken);

    /// <summary>What stands against a change, or should be known before it; nothing is changed. The cluster is asked to try it.</summary>
    Task<IReadOnlyList<WorkloadFinding>> CheckAsync(WorkloadRecord workload, WorkloadEdit edit, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for the change, as long as the workload is as it was read. What counts other things (replicas, how it is) may have moved; the
    /// specification of its pods may not.
    /// </summary>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>: somebody else has changed it; nothing was done.</exception>
    Task<WorkloadRecord> EditAsync(ChangeScope scope, WorkloadRecord workload, WorkloadEdit edit, WorkloadNote note,
        CancellationToken cancellationToken);

    /// <summary>The revisions that the cluster keeps, the newest first, whoever made them.</summary>
    Task<IReadOnlyList<WorkloadRevision>> RevisionsAsync(WorkloadRecord workload, CancellationToken cancellationToken);

    /// <summary>What differs between the specifications of two revisions, by name; a value that may be secret is not told.</summary>
    IReadOnlyList<WorkloadDifference> Compare(WorkloadRevision older, WorkloadRevision newer);

    /// <summary>Asks for the specification of an earlier revision, as long as the workload is as it was read.</summary>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>, <c>RevisionGone</c>.</exception>
    Task<WorkloadRecord> ReturnAsync(ChangeScope scope, WorkloadRecord workload, WorkloadRevision revision, WorkloadNote note,
        CancellationToken cancellationToken);

    /// <summary>How far the rollout of what is asked for is.</summary>
    Task<WorkloadProgress> LookAsync(string service, CancellationToken cancellationToken);

    /// <summary>Why an instance does not come, in words, with what the cluster warned of and the last lines that it wrote.</summary>
    Task<string> ExplainAsync(ServiceInstance instance, CancellationToken cancellationToken);

    /// <summary>
    /// Takes away instances of a revision that was given up and that never came: a StatefulSet waits for them for ever. Says which.
    /// </summary>
    Task<IReadOnlyList<string>> FreeAsync(ChangeScope scope, string service, CancellationToken cancellationToken);

    /// <summary>A Lease of the namespace; null when there is none of that name.</summary>
    Task<LeaseRecord?> ReadLeaseAsync(string name, CancellationToken cancellationToken);

    /// <summary>Writes a Lease, if nobody else has meanwhile: null says that somebody has.</summary>
    Task<LeaseRecord?> WriteLeaseAsync(ChangeScope scope, LeaseRecord lease, CancellationToken cancellationToken);
}
