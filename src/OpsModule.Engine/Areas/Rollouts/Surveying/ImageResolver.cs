using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>Finds which image is meant, and where it is. Nothing is pulled.</summary>
internal sealed class ImageResolver(IInstanceRollout rolling)
{
    /// <summary>The image of what was asked for.</summary>
    /// <exception cref="OpsException"><c>ImageNotFound</c>, <c>RegistryLoginNeeded</c>, <c>RegistryUnreachable</c>,
    /// <c>ParametersConflict</c>.</exception>
    public async Task<ImageTarget> FindAsync(RolloutOptions options, InstanceModel model, string? running, CancellationToken ct)
    {
        string name = NameOf(options, model, running);
        // The files name it already: then containers are what Compose itself would make.
        string? over = name == (model.Image ?? running) && options is { Image: null, Tag: null, Digest: null } ? null
            : name == model.Image ? null : name;
        if (!options.Pull && await rolling.FindImageAsync(name, ct).ConfigureAwait(false) is { } there)
            return Here(name, there, RevisionRecorder.DigestOf(name, there), over);
        ImageReference reference = ImageReference.Parse(name);
        if (reference.IsId) throw ImageErrors.ImageNotFound.Make(
            $"The engine has no image {name}, and no registry knows images by their id.", "Name it as a registry does.", name);
        RegistryImage registry = await rolling.AskRegistryAsync(name, ct).ConfigureAwait(false);
        string exact = $"{reference.Repository}@{registry.Digest}";
        // Who names a digest means that image, and not what a tag is to be from now on.
        string? tagged = reference.Digest is not null ? null : reference.Tag ?? "latest";
        if (await rolling.FindImageAsync(exact, ct).ConfigureAwait(false) is { } same)
        {
            ImageFacts? named = await rolling.FindImageAsync(name, ct).ConfigureAwait(false);
            // The tag says another image here: it is given to the right one by pulling, which brings nothing.
            return Here(name, same, registry.Digest, over) with { Pull = named?.Id == same.Id ? null
                : (reference with { Tag = tagged, Digest = registry.Digest }).ToString() };
        }
        return new ImageTarget(name, null, registry.Digest, (reference with { Tag = tagged, Digest = registry.Digest }).ToString(),
            over) { Platforms = registry.Platforms };
    }

    private static ImageTarget Here(string name, ImageFacts image, string? digest, string? over) => new(name, image.Id, digest, null, over)
    {
        Platforms = [$"{image.Os}/{image.Architecture}"], HasHealthCheck = image.HasHealthCheck, Volumes = image.Volumes,
            Bytes = image.Bytes,
    };

    private static string NameOf(RolloutOptions options, InstanceModel model, string? running)
    {
        if (new[] { options.Image, options.Tag, options.Digest }.Count(p => p is not null) > 1)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                "-Image, -Tag and -Digest each say which image is meant, and more than one was given.", "Give one of them.");
        if (options.Image is { } whole) return whole;
        string has = model.Image ?? running
            ?? throw ImageErrors.ImageNotFound.Make($"The files of {model.Service} name no image, and none of it runs.",
            "Say which with -Image, or build it with -Build.", model.Service);
        ImageReference reference = ImageReference.Parse(has);
        if (options.Tag is { } tag) return (reference with { Tag = tag, Digest = null }).ToString();
        return options.Digest is { } digest ? (reference with { Digest = digest }).ToString() : has;
    }
}
