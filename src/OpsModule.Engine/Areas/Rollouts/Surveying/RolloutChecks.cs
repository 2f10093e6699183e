using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>What of a service, its image and its machine matters for an update.</summary>
internal static class RolloutChecks
{
    /// <summary>What follows from how the service is written.</summary>
    /// <param name="model">The service.</param>
    /// <param name="atOnce">How many instances there are at once at most.</param>
    public static IEnumerable<RolloutFinding> OfTraits(InstanceModel model, int atOnce)
    {
        foreach (InstanceTrait trait in model.Traits)
            if (Of(model.Service, trait, atOnce) is { } finding) yield return finding;
    }

    private static RolloutFinding? Of(string service, InstanceTrait trait, int atOnce) => trait.Kind switch
    {
        TraitKind.HostPort when PortsOf(trait.Words) >= atOnce => null,
        TraitKind.HostPort when PortsOf(trait.Words) is > 1 and var ports => Stop(service, trait,
            $"It publishes the ports {trait.Words} of the machine, and there would be {atOnce} instances at once for these {ports}.",
            $"Publish no port, or a range of {atOnce} at least, and put a proxy before it."),
        TraitKind.HostPort => Stop(service, trait,
            $"It publishes the port {trait.Words} of the machine, which only one instance at a time can have.",
            $"Publish no port, or a range of {atOnce} at least, and put a proxy before it."),
        TraitKind.ContainerName => Stop(service, trait, $"Its container is to be named {trait.Words}, and there cannot be two of a name.",
            "Take container_name out of the compose file."),
        TraitKind.HostNetwork => Stop(service, trait, "It shares the machine's network, where two instances would want the same ports.",
            "Give it a network of the project."),
        TraitKind.StaticAddress => Stop(service, trait, $"It has {trait.Words}, which only one instance at a time can have.",
            "Take the address out of the compose file."),
        TraitKind.Devices => Stop(service, trait, "It has devices of the machine, which may bear one program at a time.", null),
        TraitKind.NamedVolume => Stop(service, trait,
            $"It writes to the volume {trait.Words}, and two instances at once may spoil what is in it.",
            "Where instances may share it, say so: strategy StartFirst (-Strategy StartFirst)."),
        TraitKind.SharedFolder => Stop(service, trait, $"It writes to {trait.Words}, and two instances at once may spoil what is in it.",
            "Mount it read-only where it only reads. Where instances may share it, say so: strategy StartFirst (-Strategy StartFirst)."),
        TraitKind.SharesAnothers => Stop(service, trait, $"It shares {trait.Words}, where two instances would get in each other's way.",
            null),
        TraitKind.Global => Stop(service, trait, "There is to be one of it on each machine (deploy.mode global).", null),
        TraitKind.SharedByOthers => new RolloutFinding(service, nameof(TraitKind.SharedByOthers), RolloutEffect.Refused,
            $"{trait.Words} shares its network, processes or volumes, and would lose them with the instance that goes.",
                $"Make both anew: Restart-OpsService -Recreate {service}, {trait.Words}."),
        TraitKind.Links => new RolloutFinding(service, nameof(TraitKind.Links), trait.Words.StartsWith("a link", StringComparison.Ordinal)
            ? RolloutEffect.Refused : RolloutEffect.Told,
            trait.Words.StartsWith("a link", StringComparison.Ordinal)
                ? $"There is {trait.Words} to it, which keeps the name of the instance that goes."
                : $"It has {trait.Words}; a new instance is reached by names of networks.",
            "Use a network of the project in the place of links."),
        TraitKind.InjectedFiles => new RolloutFinding(service, nameof(TraitKind.InjectedFiles), RolloutEffect.Refused,
            $"The {trait.Words} is written into a container by Compose as it starts it, and instances are started one by one here.",
                "Keep it in a file (secrets: NAME: file:)."),
        _ => null,
    };

    private static RolloutFinding Stop(string service, InstanceTrait trait, string words, string? remedy) =>
        new(service, trait.Kind.ToString(), RolloutEffect.StopFirst, words, remedy);

    private static int PortsOf(string ports)
    {
        string[] ends = ports.Split('-');
        return ends.Length == 2 && int.TryParse(ends[0], out int first) && int.TryParse(ends[1], out int last) ? last - first + 1 : 1;
    }

    /// <summary>What follows from the image and the machine.</summary>
    public static IEnumerable<RolloutFinding> OfImage(string service, ImageTarget image, EngineFacts engine, ImageFacts? before)
    {
        if (image.Platforms.Count > 0 && !image.Platforms.Any(p => Fits(p, engine)))
            yield return new RolloutFinding(service, "ImageArchitecture", RolloutEffect.Refused,
                $"The image {image.Name} is for {string.Join(", ", image.Platforms)}, and the machine is "
                + $"{engine.Os}/{engine.Architecture}.",
                $"Build it for {engine.Os}/{engine.Architecture} as well (docker buildx build --platform).");
        if (image.Pull is not null && Free(engine.Folder) is { } free && (before?.Bytes ?? 0) * 2 is var needed && free < needed)
            yield return new RolloutFinding(service, "DiskRoom", RolloutEffect.Refused,
                $"There are {SizeText.Show(free)} free where images lie, and the one that runs has {SizeText.Show(before!.Bytes)}: a "
                + $"new one may not fit.",
                "Make room: Clear-OpsStorage, docker image prune.");
        foreach (string folder in image.Volumes)
            yield return new RolloutFinding(service, "NamelessVolume", RolloutEffect.Told,
                $"The image keeps {folder} in a volume without a name: a new instance begins with an empty one, and the old one's is "
                + $"left as it is.",
                "Give it a named volume in the compose file, where it matters.");
    }

    /// <summary>What tells that a new instance is ready, or that nothing does.</summary>
    public static RolloutFinding? OfHealth(InstanceModel model, ImageTarget? image, RolloutOptions options) =>
        options.Probe is not null || model.HasHealthCheck || (!model.IsHealthCheckOff && image?.HasHealthCheck is true) ? null
        : image?.HasHealthCheck is null && !model.IsHealthCheckOff && image?.Pull is not null
            ? new RolloutFinding(model.Service, "HealthCheckUnknown", RolloutEffect.Told,
            "Whether the image has a health check is known when it has been pulled; without one, and without -Probe, nothing tells "
                + "that an instance is ready.", "Give it a health check, or a probe.")
        : new RolloutFinding(model.Service, "NoHealthCheck", RolloutEffect.StopFirst,
            "It has no health check, and no probe was given: nothing tells that a new instance is ready before an old one goes.",
            "Write a healthcheck into the compose file, or give -Probe http://{instance}:PORT/PATH.");

    /// <summary>The order that findings leave.</summary>
    public static (RolloutStrategy Strategy, string? Words) Choose(RolloutOptions options, IEnumerable<RolloutFinding> findings)
    {
        RolloutFinding[] stopping = [.. findings.Where(f => f.Effect == RolloutEffect.StopFirst)];
        // Who says StartFirst has decided what nobody else can know: whether two may share a volume, and whether a start is a readiness.
        string[] decided = [nameof(TraitKind.NamedVolume), nameof(TraitKind.SharedFolder), "NoHealthCheck"];
        if (options.Strategy is RolloutStrategy.StartFirst or RolloutStrategy.BlueGreen) stopping =
            [.. stopping.Where(f => !decided.Contains(f.Code))];
        string? why = stopping.Length == 0 ? null : string.Join(" ", stopping.Select(f => f.Words));
        return (options.Strategy, stopping.Length) switch
        {
            (RolloutStrategy.StopFirst, _) => (RolloutStrategy.StopFirst, null),
            (_, > 0) => (RolloutStrategy.StopFirst, why),
            (RolloutStrategy.BlueGreen, _) => (RolloutStrategy.BlueGreen, null),
            _ => (RolloutStrategy.StartFirst, null),
        };
    }

    private static bool Fits(string platform, EngineFacts engine) => platform == $"{engine.Os}/{engine.Architecture}"
        // These machines run programs of the shorter word as well.
        || (engine is { Os: "linux", Architecture: "amd64" } && platform == "linux/386")
            || (engine is { Os: "linux", Architecture: "arm64" } && platform == "linux/arm");

    private static long? Free(string? folder)
    {
        try { return folder is null ? null : new DriveInfo(folder).AvailableFreeSpace; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { return null; }
    }
}
