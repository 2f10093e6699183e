using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>The revisions that a cluster keeps of a workload, as revisions of a service.</summary>
public sealed class WorkloadRevisions(OpsContext context, IWorkloadRollout rollout)
{
    /// <summary>All that are kept, the newest first, whoever made them.</summary>
    public async Task<IReadOnlyList<ServiceRevision>> ListAsync(string service, CancellationToken cancellationToken)
    {
        WorkloadRecord workload = await rollout.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WorkloadRevision> all = await rollout.RevisionsAsync(workload, cancellationToken).ConfigureAwait(false);
        string? running = (await rollout.LookAsync(service, cancellationToken).ConfigureAwait(false)).Service.ImageDigest;
        return [.. all.Select(r => new ServiceRevision
        {
            Environment = context.Environment.Name, Service = service, Revision = (int)r.Number, Image = r.ImageText,
            // What runs can be asked for its digest; of what ran the cluster keeps what was asked for.
            Digest = r.IsCurrent ? running : r.Images.Values.Select(i => ImageText.Of(i).Digest).FirstOrDefault(d => d is not null),
            At = r.MadeAt ?? default, By = r.Change is not null ? r.By ?? "" : r.By is { } manager
                ? $"{ServiceRevision.Others} ({manager})" : ServiceRevision.Others,
            Reason = r.Cause, IsCurrent = r.IsCurrent, IsKept = true, Change = r.Change,
        })];
    }

    /// <summary>The revision before the one that is asked for, which is gone back to.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>RevisionNotFound</c>.</exception>
    public async Task<int> FindPreviousAsync(string service, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServiceRevision> all = await ListAsync(service, cancellationToken).ConfigureAwait(false);
        int now = all.FirstOrDefault(r => r.IsCurrent)?.Revision ?? int.MaxValue;
        return all.FirstOrDefault(r => r.Revision < now)?.Revision ?? throw RolloutErrors.RevisionNotFound.Make(
            $"The cluster keeps no revision of {service} before this one.",
                "An image that is known can be brought out with Update-OpsService -Image.", service);
    }

    /// <summary>In what two of them differ: the numbers given, else the one before and the newest.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>RevisionNotFound</c>.</exception>
    public async Task<IReadOnlyList<RevisionDifference>> CompareAsync(string service, int? from, int? to,
        CancellationToken cancellationToken)
    {
        WorkloadRecord workload = await rollout.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WorkloadRevision> all = await rollout.RevisionsAsync(workload, cancellationToken).ConfigureAwait(false);
        WorkloadRevision newer = to is { } number ? Find(number) : all.FirstOrDefault(r => r.IsCurrent) ?? Find(null);
        WorkloadRevision older = from is { } first ? Find(first) : all.FirstOrDefault(r => r.Number < newer.Number) ?? Find(null);
        return [.. rollout.Compare(older, newer).Select(d => new RevisionDifference(service, d.What, d.Name, d.From, d.To)
        {
            Environment = context.Environment.Name,
        })];

        WorkloadRevision Find(int? wanted) => all.FirstOrDefault(r => r.Number == wanted) ?? throw RolloutErrors.RevisionNotFound.Make(
            wanted is { } n ? $"{service} has no revision {n} any more." : $"{service} has no other revision.",
            $"There are: {string.Join(", ", all.Select(r => r.Number))}.", service);
    }
}
