using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>Finds the revision of what runs, and makes one of what others brought.</summary>
internal sealed class RevisionRecorder(OpsContext context, RevisionStore store)
{
    /// <summary>The revision that all running instances are of; null when it is not kept.</summary>
    public KeptRevision? FindCurrent(string service, IReadOnlyList<InstanceFacts> instances)
    {
        string[] ids = [.. instances.Where(i => i.Runs).Select(i => i.Id)];
        return ids.Length == 0 ? null : store.List(service).LastOrDefault(r => ids.All(r.Instances.Contains));
    }

    /// <summary>
    /// What runs, as a revision: that of theirs which is kept, else one that is made of the instances themselves. Files are taken to be
    /// theirs where
    /// what the files say now comes to what the instances have: variables, program, user, limits, health check, mounts, ports.
    /// </summary>
    /// <param name="model">What the files say now.</param>
    /// <param name="instances">The instances that run.</param>
    /// <param name="image">The image of the first of them.</param>
    public KeptRevision Of(InstanceModel model, IReadOnlyList<InstanceFacts> instances, ImageFacts? image)
    {
        if (FindCurrent(model.Service, instances) is { } known) return known;
        InstanceFacts first = instances.FirstOrDefault(i => i.Runs) ?? instances[0];
        IInstanceRollout rolling = RevisionLister.Rolling(context, model.Service);
        IReadOnlyList<string> differs = rolling.Differences(model, first, image);
        bool same = differs.Count == 0;
        InstanceModel kept = same ? model : rolling.AsMade(model, first, image, differs);
        string? digest = DigestOf(first.Instance.Image, image);
        return new KeptRevision
        {
            Shown = new ServiceRevision
            {
                Environment = context.Environment.Name, Service = model.Service, Revision = store.Next(model.Service),
                    Image = first.Instance.Image, Digest = digest ?? first.ImageId,
                At = first.Instance.StartedAt ?? context.Time.GetUtcNow(), By = ServiceRevision.Others, IsCurrent = true, IsKept = true,
                Settings = store.Prints.OfSettings(kept), Files = same ? store.Prints.OfFiles(model) : null,
            },
            ImageId = first.ImageId, Pull = digest is null ? null
                : ImageReference.Parse(first.Instance.Image!) with { Digest = digest } is var pull ? pull.ToString() : null,
            Override = first.Instance.Image, Instances = [.. instances.Where(i => i.Runs).Select(i => i.Id)], HasFiles = same, Model = kept,
            Files = same ? FilesOf(model) : new Dictionary<string, KeptFile>(), Differs = differs,
        };
    }

    /// <summary>The files with variables, as they are now.</summary>
    public static Dictionary<string, KeptFile> FilesOf(InstanceModel model) => KeptFile.AllOf(model.VariableFiles);

    /// <summary>The digest under which a registry has an image; null for one that was built here.</summary>
    public static string? DigestOf(string? name, ImageFacts? image)
    {
        if (name is null || image is null || ImageReference.Parse(name) is not { IsId: false } reference) return null;
        return image.Digests.Select(ImageReference.Parse).FirstOrDefault(d => d.Repository == reference.Repository
            || d.Repository.EndsWith("/" + reference.Repository, StringComparison.Ordinal)
                || reference.Repository.EndsWith("/" + d.Repository, StringComparison.Ordinal))?.Digest;
    }
}
