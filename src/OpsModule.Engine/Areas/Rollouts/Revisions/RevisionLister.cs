using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>Shows the revisions of services, and in what two of them differ.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RevisionLister(OpsContext context)
{
    /// <summary>The revisions of a service, the newest first; what others brought and nobody has kept yet is among them.</summary>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>, <c>RevisionUnreadable</c>, and what the platform reports.</exception>
    public async Task<IReadOnlyList<ServiceRevision>> ListAsync(string service, CancellationToken cancellationToken)
    {
        if (Cluster is { } cluster) return await cluster.ListAsync(service, cancellationToken).ConfigureAwait(false);
        IInstanceRollout rolling = Rolling(service);
        var store = new RevisionStore(context);
        IReadOnlyList<InstanceFacts> instances = await rolling.ListAsync(service, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<KeptRevision> kept = store.List(service);
        KeptRevision? current = await CurrentAsync(rolling, store, service, instances, cancellationToken).ConfigureAwait(false);
        var all = new List<ServiceRevision>();
        foreach (KeptRevision revision in current is null || kept.Any(k => k.Shown.Revision == current.Shown.Revision) ? kept
            : [.. kept, current])
        {
            bool there = revision.Pull is not null
                || await rolling.FindImageAsync(revision.ImageId, cancellationToken).ConfigureAwait(false) is not null;
            all.Add(revision.Shown with { IsCurrent = revision.Shown.Revision == current?.Shown.Revision, IsKept = there
                && revision.Tag is not null });
        }
        all.Reverse();
        return all;
    }

    /// <summary>In what two revisions differ; what runs, and what the files say now, where a number is left out.</summary>
    /// <exception cref="OpsException"><c>RevisionNotFound</c>, and as the listing.</exception>
    public async Task<IReadOnlyList<RevisionDifference>> CompareAsync(string service, int? from, int? to,
        CancellationToken cancellationToken)
    {
        if (Cluster is { } cluster) return await cluster.CompareAsync(service, from, to, cancellationToken).ConfigureAwait(false);
        IInstanceRollout rolling = Rolling(service);
        var store = new RevisionStore(context);
        IReadOnlyList<InstanceFacts> instances = await rolling.ListAsync(service, cancellationToken).ConfigureAwait(false);
        KeptRevision one = from is { } first ? store.Find(service, first)
            : await CurrentAsync(rolling, store, service, instances, cancellationToken).ConfigureAwait(false)
            ?? throw RolloutErrors.RevisionNotFound.Make($"Nothing of {service} runs.", "Say which revision is meant: -Revision.", service);
        InstanceModel model;
        string? image;
        if (to is { } second) (model, image) = (store.Find(service, second).Model, store.Find(service, second).Shown.Digest);
        else
        {
            model = await rolling.ReadAsync(service, cancellationToken).ConfigureAwait(false);
            ImageFacts? there = model.Image is null ? null
                : await rolling.FindImageAsync(model.Image, cancellationToken).ConfigureAwait(false);
            image = model.Image is null ? one.Shown.Digest : RevisionRecorder.DigestOf(model.Image, there) ?? there?.Id ?? model.Image;
        }
        return [.. new RevisionComparer(store.Prints).Compare(one.Model, one.Shown.Digest, model, image).Select(d =>
            d with { Environment = context.Environment.Name })];
    }

    /// <summary>The revision before the one that runs, which is gone back to: the one whose place it took, as long as that is kept. One
    /// that was taken back in between has a number before it as well, and is not it.</summary>
    /// <exception cref="OpsException"><c>RevisionNotFound</c>.</exception>
    public async Task<int> FindPreviousAsync(string service, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServiceRevision> all = await ListAsync(service, cancellationToken).ConfigureAwait(false);
        ServiceRevision? current = all.FirstOrDefault(r => r.IsCurrent);
        int? from = current is null || Cluster is not null ? null : new RevisionStore(context).List(service)
            .FirstOrDefault(r => r.Shown.Revision == current.Revision)?.From;
        return (all.FirstOrDefault(r => r.Revision == from) ?? all.FirstOrDefault(r => current is null || r.Revision < current.Revision))
            ?.Revision
            ?? throw RolloutErrors.RevisionNotFound.Make(
            $"No revision of {service} before {(current is null ? "now" : $"revision {current.Revision}, which runs,")} is kept.",
                $"Get-OpsServiceUpdate {service} shows what is. -ToRevision names another one.", service);
    }

    private async Task<KeptRevision?> CurrentAsync(IInstanceRollout rolling, RevisionStore store, string service,
        IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        if (!instances.Any(i => i.Runs)) return null;
        var recorder = new RevisionRecorder(context, store);
        if (recorder.FindCurrent(service, instances) is { } known) return known;
        InstanceModel model = await rolling.ReadAsync(service, ct).ConfigureAwait(false);
        return recorder.Of(model, instances, await rolling.FindImageAsync(instances.First(i => i.Runs).ImageId, ct).ConfigureAwait(false));
    }

    /// <summary>Where services are workloads of a cluster, which keeps the revisions itself; else null.</summary>
    private WorkloadRevisions? Cluster => context.Platform().Rolling is IWorkloadRollout rolling
        ? new WorkloadRevisions(context, rolling) : null;

    private IInstanceRollout Rolling(string service) => Rolling(context, service);

    /// <summary>What makes the instances whose revisions are kept here.</summary>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>.</exception>
    internal static IInstanceRollout Rolling(OpsContext context, string service) =>
        context.Platform() is { Rolling: IInstanceRollout rolling } ? rolling : throw RolloutErrors.RolloutUnsupported.Make(
            $"{service} runs on {context.Platform().Description}, where no revisions are kept.",
            "See the platform's own history.", service);
}
