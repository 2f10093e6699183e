using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Keeps revisions and files of an update, and says how instances of a revision are made.</summary>
internal sealed class RolloutKeeper(RolloutRun on)
{
    /// <summary>Keeps what runs, so that it can be gone back to.</summary>
    public async Task<string> KeepAsync(CancellationToken ct)
    {
        if (on.Order.From is not { } number) return "";
        await RevisionKeeper.KeepAsync(on.Change, on.Rolling, on.Order.Service, number, ct).ConfigureAwait(false);
        return $"what runs is kept as revision {number}";
    }

    /// <summary>Keeps what was brought out, and forgets what is older than is wanted.</summary>
    public async Task<string> RecordAsync(InstanceModel model, InstanceMaking making, IReadOnlyList<InstanceFacts> instances,
        CancellationToken ct)
    {
        string tag = RevisionKeeper.TagOf(model, on.Order.Revision);
        await on.Rolling.KeepImageAsync(on.Change, making.ImageId, tag, ct).ConfigureAwait(false);
        on.Store.Keep(new KeptRevision
        {
            Shown = new ServiceRevision
            {
                Environment = on.Context.Environment.Name, Service = on.Order.Service, Revision = on.Order.Revision,
                    Image = on.Order.Image, Digest = on.Order.Digest ?? making.ImageId,
                At = on.Context.Time.GetUtcNow(), By = Actor.Current.User, Reason = on.Order.Reason
                    ?? (on.Order.Back is { } back ? $"back to revision {back}" : null), IsKept = true,
                Settings = on.Store.Prints.OfSettings(model), Files = making.AsKept ? null : on.Store.Prints.OfFiles(model),
                    Change = on.Change.Id,
            },
            ImageId = making.ImageId, Pull = on.Order.Pull
                ?? (on.Order.Digest is { } digest ? (ImageReference.Parse(on.Order.Image) with { Digest = digest }).ToString() : null),
            Override = making.Image, Tag = tag, Instances = [.. instances.Select(i => i.Id)], HasFiles = !making.AsKept, Model = model,
            Files = making.AsKept ? new Dictionary<string, KeptFile>() : RevisionRecorder.FilesOf(model),
        });
        KeptRevision[] all = [.. on.Store.List(on.Order.Service)], old = [.. all.SkipLast(on.Order.Keep + 1)];
        foreach (KeptRevision revision in old)
        {
            if (revision.Tag is { } name) await on.Rolling.ForgetImageAsync(on.Change, name, ct).ConfigureAwait(false);
            on.Store.Forget(revision);
        }
        if (old.Length > 0) on.Store.ForgetFiles(on.Order.Service, all[old.Length].Shown.At);
        return $"kept as revision {on.Order.Revision}";
    }

    /// <summary>Writes the files with variables as they were; those of now are kept first.</summary>
    public string Restore(KeptRevision revision)
    {
        if (!revision.HasFiles) return "";
        string change = on.Change.Undoes ?? on.Change.Id;
        if (on.Store.FindFiles(on.Order.Service, change) is null)
            on.Store.KeepFiles(on.Order.Service, change, KeptFile.AllOf(revision.Files.Keys));
        return Write(revision.Files);
    }

    /// <summary>Writes files as they were before this change, where it has written any.</summary>
    public string RestoreOwn() => on.Store.FindFiles(on.Order.Service, on.Change.Undoes ?? on.Change.Id) is { } files ? Write(files) : "";

    /// <summary>Writes files as they were before an earlier part of the same change wrote into them.</summary>
    public string RestoreFollowed() => on.Store.FindFiles(on.Order.Service,
        RevisionKeeper.WholeOf(on.Context, on.Change.Undoes ?? on.Change.Id)) is { } files ? Write(files) : "";

    /// <summary>
    /// How instances of a revision are made: of the service's own files where these say the same, so that Compose knows them as its own;
    /// else of what
    /// was kept.
    /// </summary>
    public async Task<InstanceMaking> MakingOfAsync(KeptRevision revision, int count, CancellationToken ct)
    {
        string name = revision.Override ?? revision.Shown.Image ?? revision.ImageId;
        bool same = await on.Rolling.FindImageAsync(name, ct).ConfigureAwait(false) is { } named && named.Id == revision.ImageId;
        string image = same ? name : revision.Tag ?? revision.ImageId;
        if (revision.HasFiles)
        {
            InstanceModel now = await on.Rolling.ReadAsync(on.Order.Service, ct).ConfigureAwait(false);
            if (on.Store.Prints.OfSettings(now) == on.Store.Prints.OfSettings(revision.Model))
                return new InstanceMaking(now, count) { ImageId = revision.ImageId, Image = same && now.Image == name ? null : image,
                    Folder = on.Folder };
        }
        return new InstanceMaking(revision.Model, count) { ImageId = revision.ImageId, Image = image, AsKept = true, Folder = on.Folder };
    }

    private static string Write(IReadOnlyDictionary<string, KeptFile> files)
    {
        var written = new List<string>();
        foreach ((string path, KeptFile file) in files)
        {
            if (KeptFile.Of(path) is { } now && now.Content.AsSpan().SequenceEqual(file.Content)) continue;
            // A link stays one.
            AtomicFile.Write(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path, file.Content,
                file.Mode ?? AtomicFile.Private);
            written.Add(Path.GetFileName(path));
        }
        return written.Count == 0 ? "" : $"{string.Join(", ", written)} {(written.Count == 1 ? "is" : "are")} as "
            + $"{(written.Count == 1 ? "it was" : "they were")}";
    }
}
