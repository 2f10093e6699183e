using System.Globalization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>Keeps what runs as a revision, so that it can be gone back to.</summary>
internal static class RevisionKeeper
{
    /// <summary>Keeps what runs of a service; what is kept already stays as it is.</summary>
    /// <param name="run">The change that asks.</param>
    /// <param name="rolling">The platform.</param>
    /// <param name="service">The service.</param>
    /// <param name="number">The number that a revision that is not kept yet gets; null for the next one.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task KeepAsync(ChangeRun run, IInstanceRollout rolling, string service, int? number, CancellationToken ct)
    {
        var store = new RevisionStore(run.Context);
        InstanceModel model = await rolling.ReadAsync(service, ct).ConfigureAwait(false);
        IReadOnlyList<InstanceFacts> instances = await rolling.ListAsync(service, ct).ConfigureAwait(false);
        if (InstanceFacts.Serving(instances) is not { } serving) return;
        ImageFacts? image = await rolling.FindImageAsync(serving.ImageId, ct).ConfigureAwait(false);
        KeptRevision from = new RevisionRecorder(run.Context, store).Of(model, instances, image);
        if (from.Tag is not null) return;
        int kept = number ?? from.Shown.Revision;
        from = @from with { Shown = from.Shown with { Revision = kept }, Tag = TagOf(store.Key, model, kept, from.ImageId) };
        // An image that was removed by force while it runs cannot be named; the revision is kept without it, and says so when it is
        // asked for.
        if (image is not null) await rolling.KeepImageAsync(run, from.ImageId, from.Tag!, ct).ConfigureAwait(false);
        store.Keep(from);
    }

    /// <summary>
    /// Keeps what runs, and its files as they are, before a part of a change writes into them: an update that follows goes back to these.
    /// Files that the same change has kept already stay.
    /// </summary>
    /// <param name="run">The part that asks; the files are kept for the whole.</param>
    /// <param name="rolling">The platform.</param>
    /// <param name="service">The service.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task KeepBeforeAsync(ChangeRun run, IInstanceRollout rolling, string service, CancellationToken ct)
    {
        await KeepAsync(run, rolling, service, null, ct).ConfigureAwait(false);
        var store = new RevisionStore(run.Context);
        string whole = WholeOf(run.Context, run.Id);
        if (store.FindFiles(service, whole) is not null) return;
        InstanceModel model = await rolling.ReadAsync(service, ct).ConfigureAwait(false);
        store.KeepFiles(service, whole, KeptFile.StateOf(model.VariableFiles.Concat(model.MountedFiles)));
    }

    /// <summary>
    /// Keeps the files of a service, where they were kept before, as a part of a change has left them. What somebody has written since is
    /// theirs, and stays when the change is taken back.
    /// </summary>
    /// <param name="run">The part that has written; the last one of a change counts.</param>
    /// <param name="service">The service.</param>
    public static void KeepWritten(ChangeRun run, string service)
    {
        var store = new RevisionStore(run.Context);
        string whole = WholeOf(run.Context, run.Id);
        if (store.FindFiles(service, whole) is { } before) store.KeepFiles(service, WrittenOf(whole), KeptFile.StateOf(before.Keys));
    }

    /// <summary>The files that a change has left so are kept under this.</summary>
    public static string WrittenOf(string whole) => whole + "-written";

    /// <summary>The change that a part belongs to; the change itself where it stands alone.</summary>
    public static string WholeOf(OpsContext context, string change) => context.Journal.Find(change)?.Parent ?? change;

    /// <summary>A name that no other service, state folder or image has: the print tells what the plain part may not.</summary>
    public static string TagOf(RevisionKey key, InstanceModel model, int revision, string imageId)
    {
        string plain = string.Join('-', $"{model.Project}-{model.Service}".ToLowerInvariant().Split([.. "-_."],
            StringSplitOptions.RemoveEmptyEntries));
        string print = key.Fingerprint(string.Join('/', model.Project, model.Service, imageId));
        return string.Create(CultureInfo.InvariantCulture, $"opsmodule/{plain}:{revision}-{print}");
    }
}
