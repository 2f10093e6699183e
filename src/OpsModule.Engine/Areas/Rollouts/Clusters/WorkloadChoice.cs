using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>Finds which container of a workload is meant, and which image it is to have.</summary>
internal static partial class WorkloadChoice
{
    /// <summary>What is to be changed.</summary>
    /// <exception cref="OpsException"><c>RolloutRefused</c>: nothing was asked for; <c>WorkloadContainerUnknown</c>: several could be
    /// meant.</exception>
    public static WorkloadEdit Of(WorkloadRecord workload, RolloutOptions options)
    {
        if (options is { Image: null, Tag: null, Digest: null })
            throw RolloutErrors.RolloutRefused.Make(
                $"Nothing says which image {workload.Service} is to have, and a cluster has no file to read it from.",
                "Give -Image, -Tag or -Digest.", workload.Service);
        if (options.Digest is { } digest && !DigestPattern().IsMatch(digest))
            throw RolloutErrors.RolloutRefused.Make($"'{digest}' is no digest.", "A digest is sha256: and 64 hexadecimal digits.",
                workload.Service);
        WorkloadContainer container = Container(workload, options.Container, options.Image is { } image ? ImageText.Of(image) : null);
        ImageText base_ = ImageText.Of(options.Image ?? container.Image);
        // A digest that the image had is not that of another tag.
        ImageText wanted = new(base_.Repository, options.Tag ?? (options.Digest is null || options.Image is not null ? base_.Tag : null),
            options.Digest ?? (options.Tag is null ? base_.Digest : null));
        return new WorkloadEdit(container.Name, wanted.ToString());
    }

    /// <summary>The container of a name; the only one; the one that has the image already; else nobody knows.</summary>
    /// <exception cref="OpsException"><c>WorkloadContainerUnknown</c>.</exception>
    public static WorkloadContainer Container(WorkloadRecord workload, string? name, ImageText? image)
    {
        if (name is not null) return workload.Containers.FirstOrDefault(c => c.Name == name) ?? throw Unknown($"no container {name}");
        WorkloadContainer[] meant = [.. workload.Containers.Where(c => !c.IsInit)];
        if (meant.Length == 1) return meant[0];
        foreach (Func<ImageText, bool> same in new Func<ImageText, bool>[] { i => i.Repository == image?.Repository, i =>
            i.ShortName == image?.ShortName })
            if (meant.Where(c => same(ImageText.Of(c.Image))).ToArray() is [var one]) return one;
        throw Unknown($"{meant.Length} containers, and nothing says which is meant");

        OpsException Unknown(string has) => WorkloadErrors.WorkloadContainerUnknown.Make($"{workload} has {has}.",
            $"Name one with -Container: {string.Join(", ", workload.Containers.Select(c => c.Name))}.", workload.Service);
    }

    [GeneratedRegex("^sha256:[0-9a-f]{64}$")]
    private static partial Regex DigestPattern();
}
