using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>Decides which image is brought out: one that is asked for, that of a revision, the one that runs, or that of the files.</summary>
internal sealed class ImageChoice(IInstanceRollout rolling)
{
    /// <summary>The image; null where there is none, which is a finding.</summary>
    public async Task<ImageTarget?> FindAsync(RolloutSurvey survey, List<RolloutFinding> findings, CancellationToken ct)
    {
        try
        {
            if (survey.Back is { } back) return await KeptAsync(back, ct).ConfigureAwait(false);
            if (Staying(survey, findings) is not { } stays)
                return await new ImageResolver(rolling).FindAsync(survey.Options, survey.Model,
                    InstanceFacts.Serving(survey.Instances)?.Instance.Image, ct).ConfigureAwait(false);
            // What a registry has under its name now can only be asked by its name.
            ImageTarget kept = survey.Options.Pull && stays.Shown.Image is { } name
                ? await new ImageResolver(rolling).FindAsync(survey.Options with { Image = name }, survey.Model, null, ct)
                    .ConfigureAwait(false)
                : await KeptAsync(stays, ct).ConfigureAwait(false);
            return kept.Override == survey.Model.Image ? kept with { Override = null } : kept;
        }
        catch (OpsException e) when (ImageErrors.ImageNotFound.Is(e) || ImageErrors.RegistryLoginNeeded.Is(e)
            || ImageErrors.RegistryUnreachable.Is(e) || ImageErrors.ImagePullFailed.Is(e))
        {
            findings.Add(new RolloutFinding(survey.Service, e.ErrorId, RolloutEffect.Refused, e.Message, e.RecommendedAction));
            return null;
        }
    }

    /// <summary>
    /// What runs, where its image stays. One that was brought out by name stays until another one is asked for, or the files name another
    /// one than they did then.
    /// </summary>
    private static KeptRevision? Staying(RolloutSurvey survey, List<RolloutFinding> findings)
    {
        if (survey.From is not { } from || survey.Options is not { Image: null, Tag: null, Digest: null, Build: false }) return null;
        if (survey.Options.KeepsImage) return from;
        bool isOurs = from.Shown.By == ServiceRevision.Others ? InstanceFacts.Serving(survey.Instances)?.IsNamedByUs is true
            : from.Override is not null;
        if (!isOurs || from.Override == survey.Model.Image) return null;
        string files = survey.Model.Image ?? "one that they build";
        if (from.Model.Image == survey.Model.Image)
        {
            findings.Add(new RolloutFinding(survey.Service, "ImageStays", RolloutEffect.Told,
                $"No image was asked for, so that {from.Shown.Image ?? from.ImageId} stays, which runs; the files name {files}.",
                "Give -Image or -Tag for another one, that of the files as well."));
            return from;
        }
        findings.Add(new RolloutFinding(survey.Service, "ImageOfFiles", RolloutEffect.Told,
            $"{from.Shown.Image ?? from.ImageId} runs, which was brought out by its name. The files name {files} since, and that is "
                + "brought out.", "Give -Image or -Tag for another one."));
        return null;
    }

    /// <summary>The image of a revision: here still, or where it can be pulled from.</summary>
    private async Task<ImageTarget> KeptAsync(KeptRevision back, CancellationToken ct)
    {
        string name = back.Override ?? back.Shown.Image ?? back.ImageId;
        if (await rolling.FindImageAsync(back.ImageId, ct).ConfigureAwait(false) is { } image)
        {
            // Its name may have been given to another image since; then the name of ours has to do, or its id.
            bool same = await IsAsync(name, back, ct).ConfigureAwait(false);
            return new ImageTarget(back.Shown.Image ?? name, image.Id, RevisionRecorder.DigestOf(back.Shown.Image, image), null, same
                ? back.Override : await NameAsync(rolling, back, ct).ConfigureAwait(false))
            {
                Platforms = [$"{image.Os}/{image.Architecture}"], HasHealthCheck = image.HasHealthCheck, Volumes = image.Volumes,
                    Bytes = image.Bytes,
            };
        }
        return back.Pull is { } pull ? new ImageTarget(back.Shown.Image ?? pull, null, ImageReference.Parse(pull).Digest, pull,
            back.Override ?? pull)
            : throw ImageErrors.ImageNotFound.Make(
                $"The image of revision {back.Shown.Revision} of {back.Shown.Service}, {back.ImageId}, is not here any more, and it "
                + $"was built here: no registry has it.",
                "Build it again from what it was built of, and bring it out with -Image.", back.Shown.Service);
    }

    /// <summary>What Compose knows the image of a revision by, whatever became of its first name: our name for it, else its id.</summary>
    public static async Task<string> NameAsync(IInstanceRollout rolling, KeptRevision revision, CancellationToken ct) =>
        revision.Tag is { } tag && await rolling.FindImageAsync(tag, ct).ConfigureAwait(false) is { } named && named.Id == revision.ImageId
            ? tag : revision.ImageId;

    private async Task<bool> IsAsync(string name, KeptRevision revision, CancellationToken ct) =>
        await rolling.FindImageAsync(name, ct).ConfigureAwait(false) is { } named && named.Id == revision.ImageId;
}
