using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Keeps revisions and files of an update, and says how instances of a revision are made.</summary>
internal sealed class RolloutKeeper(RolloutRun on)
{
    private const string PulledName = "pulled-name", PulledWas = "pulled-was";

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
        string tag = RevisionKeeper.TagOf(on.Store.Key, model, on.Order.Revision, making.ImageId);
        bool moved = !making.AsKept && HaveChanged(model) && instances.Count > 0;
        // Of what instances were made counts, and not what stands in the files by now.
        if (moved) model = on.Rolling.AsMade(model, instances[0], null, on.Rolling.Differences(model, instances[0], null));
        await on.Rolling.KeepImageAsync(on.Change, making.ImageId, tag, ct).ConfigureAwait(false);
        on.Store.Keep(new KeptRevision
        {
            Shown = new ServiceRevision
            {
                Environment = on.Context.Environment.Name, Service = on.Order.Service, Revision = on.Order.Revision,
                    Image = on.Order.Image, Digest = on.Order.Digest ?? making.ImageId,
                At = on.Context.Time.GetUtcNow(), By = Actor.Current.User, Reason = on.Order.Reason
                    ?? (on.Order.Back is { } back ? $"back to revision {back}" : null), IsKept = true,
                Settings = (moved ? Planned("settings") : null) ?? on.Store.Prints.OfSettings(model),
                Files = making.AsKept ? null : (moved ? Planned("files") : null) ?? on.Store.Prints.OfFiles(model),
                    Change = on.Change.Id,
            },
            ImageId = making.ImageId, Pull = on.Order.Pull
                ?? (on.Order.Digest is { } digest ? (ImageReference.Parse(on.Order.Image) with { Digest = digest }).ToString() : null),
            Override = making.Image, Tag = tag, From = on.Order.From, Instances = [.. instances.Select(i => i.Id)],
                HasFiles = !making.AsKept, Model = model,
            Files = making.AsKept ? new Dictionary<string, KeptFile>() : Made() ?? RevisionRecorder.FilesOf(model),
        });
        on.Store.DropFiles(on.Order.Service, AsMade);
        // What this one took the place of is what there is to go back to, however old it is.
        KeptRevision[] all = [.. on.Store.List(on.Order.Service)],
            old = [.. all.SkipLast(on.Order.Keep + 1).Where(r => r.Shown.Revision != on.Order.From)];
        foreach (KeptRevision revision in old)
        {
            if (revision.Tag is { } name) await on.Rolling.ForgetImageAsync(on.Change, name, ct).ConfigureAwait(false);
            on.Store.Forget(revision);
        }
        if (old.Length > 0) on.Store.ForgetFiles(on.Order.Service, all.Except(old).Min(r => r.Shown.At));
        return $"kept as revision {on.Order.Revision}";
    }

    /// <summary>Writes the files with variables as they were; those of now are kept first, by the change that writes over them, and with
    /// them what it writes: what somebody writes after that is told apart.</summary>
    public string Restore(KeptRevision revision)
    {
        if (!revision.HasFiles) return "";
        if (on.Store.FindFiles(on.Order.Service, on.Change.Id) is null)
            on.Store.KeepFiles(on.Order.Service, on.Change.Id, KeptFile.StateOf(revision.Files.Keys));
        Dictionary<string, KeptFile?> wanted = revision.Files.ToDictionary(f => f.Key, f => (KeptFile?)f.Value);
        on.Store.KeepFiles(on.Order.Service, RevisionKeeper.WrittenOf(on.Change.Id), wanted);
        return KeptFiles.Write(wanted);
    }

    /// <summary>Writes files as they were before this change, where it has written any. A file that is not as it has left it was written by
    /// somebody else since, and stays; that is said.</summary>
    public string RestoreOwn()
    {
        string change = on.Change.Undoes ?? on.Change.Id;
        if (on.Store.FindFiles(on.Order.Service, change) is not { } files) return "";
        IReadOnlyDictionary<string, KeptFile?>? written = on.Store.FindFiles(on.Order.Service, RevisionKeeper.WrittenOf(change));
        string[] others = [.. files.Where(f => !KeptFiles.Holds(f.Key, f.Value) && !IsAsLeft(f.Key, written)).Select(f => f.Key)];
        string words = KeptFiles.Write(files.Where(f => !others.Contains(f.Key)));
        if (others.Length == 0) return words;
        string alone = $"{string.Join(", ", others)} {(others.Length == 1 ? "was" : "were")} changed by somebody else since, and "
            + $"{(others.Length == 1 ? "stays as it is" : "stay as they are")}";
        on.Context.Reporter.Warning($"{on.Order.Service}: {alone}.");
        return words.Length == 0 ? alone : $"{words}; {alone}";
    }

    /// <summary>
    /// Writes files as they were before an earlier part of the same change wrote into them. A file that is not as that part has left it
    /// was written by somebody else since, and stays: the part takes back in it what is its own.
    /// </summary>
    public string RestoreFollowed()
    {
        string whole = RevisionKeeper.WholeOf(on.Context, on.Change.Undoes ?? on.Change.Id);
        if (on.Store.FindFiles(on.Order.Service, whole) is not { } files
            || on.Store.FindFiles(on.Order.Service, RevisionKeeper.WrittenOf(whole)) is not { } written) return "";
        return KeptFiles.Write(files.Where(f => IsAsLeft(f.Key, written)));
    }

    private static bool IsAsLeft(string path, IReadOnlyDictionary<string, KeptFile?>? written) => written is not null
        && written.TryGetValue(path, out KeptFile? left) && KeptFiles.Holds(path, left);

    /// <summary>
    /// How instances are made of the service's own files, which must be what they were when it was planned: else some would be of one
    /// content and some of another. They are kept as they are when the first one is made.
    /// </summary>
    /// <exception cref="OpsException"><c>FilesChanged</c>.</exception>
    public async Task<InstanceMaking> OfFilesAsync(InstanceMaking making, CancellationToken ct)
    {
        InstanceModel now = await on.Rolling.ReadAsync(on.Order.Service, ct).ConfigureAwait(false);
        if (HaveChanged(now))
            throw RolloutErrors.FilesChanged.Make($"The files of {on.Order.Service} were changed while it was brought out: its instances "
                + "would be made of different ones.", "Finish the change of the files, then bring it out again.", on.Order.Service);
        if (on.Store.FindFiles(on.Order.Service, AsMade) is null)
            on.Store.KeepFiles(on.Order.Service, AsMade, KeptFile.StateOf(now.VariableFiles));
        return making;
    }

    /// <summary>What of an instance's variables is not what its files come to, in words; null for nothing.</summary>
    public static string? StrangeOf(InstanceModel model, InstanceFacts instance)
    {
        string[] names = [.. model.Variables.Where(v => v.Value is not null && instance.Variables.GetValueOrDefault(v.Key) != v.Value)
            .Select(v => v.Key).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? null : $"{instance} has other values of {string.Join(", ", names)} than the files: they were changed "
            + "while it was brought out.";
    }

    /// <summary>What a name of an image named before it is pulled, which gives the name to another one.</summary>
    public async Task<Dictionary<string, string>> NoteNameAsync(string pull, CancellationToken ct)
    {
        if (ImageReference.Parse(pull) is not { Tag: not null } parts || await on.Rolling.FindImageAsync(parts.Tagged,
            ct).ConfigureAwait(false) is not { } was) return [];
        return new Dictionary<string, string> { [PulledName] = parts.Tagged, [PulledWas] = was.Id };
    }

    /// <summary>Gives that name back, where it still is the one that was pulled.</summary>
    public async Task<string> GiveNameBackAsync(CancellationToken ct)
    {
        if (!on.Change.Data.TryGetValue(PulledName, out string? name) || !on.Change.Data.TryGetValue(PulledWas, out string? was)
            || await on.Rolling.FindImageAsync(name, ct).ConfigureAwait(false) is not { } now || now.Id == was) return "";
        string exact = ImageReference.Parse(on.Order.Pull!) is var parts ? $"{parts.Repository}@{parts.Digest}" : "";
        string? pulled = on.Change.Data.GetValueOrDefault(RolloutRun.ImageId)
            ?? (await on.Rolling.FindImageAsync(exact, ct).ConfigureAwait(false))?.Id;
        if (now.Id != pulled) return $"{name} is another image by now, and stays it";
        if (await on.Rolling.FindImageAsync(was, ct).ConfigureAwait(false) is null)
            return $"{name} stays what was pulled: what it named is gone";
        await on.Rolling.KeepImageAsync(on.Change, was, name, ct).ConfigureAwait(false);
        return $"{name} is the image that it was";
    }

    /// <summary>
    /// How instances of a revision are made: of the service's own files where these say the same, so that Compose knows them as its own;
    /// else of what
    /// was kept.
    /// </summary>
    public async Task<InstanceMaking> MakingOfAsync(KeptRevision revision, int count, CancellationToken ct)
    {
        string name = revision.Override ?? revision.Shown.Image ?? revision.ImageId;
        bool same = await on.Rolling.FindImageAsync(name, ct).ConfigureAwait(false) is { } named && named.Id == revision.ImageId;
        string image = same ? name : await ImageChoice.NameAsync(on.Rolling, revision, ct).ConfigureAwait(false);
        if (revision.HasFiles)
        {
            InstanceModel now = await on.Rolling.ReadAsync(on.Order.Service, ct).ConfigureAwait(false);
            if (on.Store.Prints.OfSettings(now) == on.Store.Prints.OfSettings(revision.Model))
                return new InstanceMaking(now, count) { ImageId = revision.ImageId, Image = same && now.Image == name ? null : image,
                    Folder = on.Folder };
        }
        return new InstanceMaking(revision.Model, count) { ImageId = revision.ImageId, Image = image, AsKept = true, Folder = on.Folder };
    }

    private Dictionary<string, KeptFile>? Made() => on.Store.FindFiles(on.Order.Service, AsMade)?.Where(f => f.Value is not null)
        .ToDictionary(f => f.Key, f => f.Value!);

    /// <summary>The files as they were when the first new instance was made are kept under this.</summary>
    private string AsMade => on.Change.Id + "-made";

    private bool HaveChanged(InstanceModel now) => Planned("settings") is { } settings && settings != on.Store.Prints.OfSettings(now)
        || Planned("files") is { } files && files != on.Store.Prints.OfFiles(now);

    /// <summary>A print that the plan was made of.</summary>
    private string? Planned(string what) => on.Order.Back is not null ? null
        : on.Change.Plan.Identities.FirstOrDefault(i => i.Name == $"{what} of {on.Order.Service}")?.Value;
}
