using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>Finds what a Docker engine keeps though nothing needs it, and leaves alone what an operator would miss.</summary>
public sealed class StorageFinder(OpsContext context, DockerEngine engine, StorageRequest request)
{
    private static readonly string[] BuiltInNetworks = ["bridge", "host", "none", "ingress", "docker_gwbridge", "podman"];

    private readonly HashSet<string> _going = [];
    private readonly ComposeProject _project = ComposeProject.Read(context.Environment.Platform);
    private DockerStorage? _stored;

    /// <summary>Everything of a kind that may go, what takes most first. Ask for containers before what they hold.</summary>
    /// <exception cref="OpsException"><c>VolumeNotFound</c> through <paramref name="fail"/>, and what the engine reports.</exception>
    public async Task<IReadOnlyList<StorageItem>> FindAsync(StorageKind kind, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        DockerStorage stored = _stored ??= await DockerStorage.ReadAsync(engine, cancellationToken).ConfigureAwait(false);
        List<StorageItem> found = kind switch
        {
            StorageKind.Container => await ContainersAsync(stored, cancellationToken).ConfigureAwait(false),
            StorageKind.Image => await ImagesAsync(stored, cancellationToken).ConfigureAwait(false),
            StorageKind.Network => await NetworksAsync(stored, cancellationToken).ConfigureAwait(false),
            StorageKind.Volume => Volumes(stored, fail),
            StorageKind.BuildCache => BuildCache(stored),
            _ => [],
        };
        return [.. found.OrderByDescending(i => i.Bytes)];
    }

    /// <summary>Counts something as gone for what is looked for next, so that a plan adds up to what a run would do.</summary>
    public void Plan(StorageItem item) => _going.Add(item.Id);

    /// <summary>How many things stay only because they have not been unused for long enough.</summary>
    public int TooYoung { get; private set; }

    private bool IsOld(DateTimeOffset? since)
    {
        if (since is not { } moment) return false;
        bool old = context.Time.GetUtcNow() - moment >= request.OlderThan;
        if (!old) TooYoung++;
        return old;
    }

    private IEnumerable<StoredContainer> Staying(DockerStorage stored) => stored.Containers.Where(c => !_going.Contains(c.Id));

    private async Task<List<StorageItem>> ContainersAsync(DockerStorage stored, CancellationToken ct)
    {
        var found = new List<StorageItem>();
        foreach (StoredContainer container in stored.Containers.Where(c => !c.IsAlive && ((request.Services && c.Project == _project.Name) || !c.IsService)))
        {
            ContainerInspectResponse? known = await InspectAsync($"the container {container.Name}", (client, token) => client.Containers.InspectContainerAsync(container.Id, token), ct).ConfigureAwait(false);
            DateTimeOffset? since = DockerQuery.Time(known?.State?.FinishedAt) ?? DockerQuery.Time(known?.Created);
            if (IsOld(since)) found.Add(Item(StorageKind.Container, container.Name, container.Id, container.Written, since));
        }
        return found;
    }

    private async Task<List<StorageItem>> ImagesAsync(DockerStorage stored, CancellationToken ct)
    {
        HashSet<string> used = [.. Staying(stored).Select(c => c.ImageId)];
        var found = new List<StorageItem>();
        foreach (StoredImage image in stored.Images.Where(i => !used.Contains(i.Id) && (i.IsDangling || (request.UnusedImages && !IsAwaited(i, stored)))))
        {
            // A build may be old and its name new: what lost its name yesterday ran until then.
            ImageInspectResponse? known = await InspectAsync($"the image {image.Id}", (client, token) => client.Images.InspectImageAsync(image.Id, token), ct).ConfigureAwait(false);
            DateTimeOffset? since = new[] { image.Created, DockerQuery.Time(known?.Metadata?.LastTagTime) }.Max();
            if (!IsOld(since)) continue;
            string[] references = image.Tags.Count > 0 ? [.. image.Tags] : image.Digests.Count > 0 ? [.. image.Digests] : [image.Id];
            found.Add(Item(StorageKind.Image, image.IsDangling ? $"<none> {Short(image.Id)}" : string.Join(", ", references), image.Id, image.Unique, since) with { References = references });
        }
        return found;
    }

    /// <summary>A service of the environment that has no container now will want its image when it is started again.</summary>
    private bool IsAwaited(StoredImage image, DockerStorage stored)
    {
        HashSet<string> there = [.. stored.Containers.Where(c => c.Project == _project.Name).Select(c => c.Labels.GetValueOrDefault(ComposeLabels.Service)).OfType<string>()];
        HashSet<string> awaited = [.. _project.Services.Where(s => !there.Contains(s.Name)).SelectMany(s => new[] { s.Image, $"{_project.Name}-{s.Name}", $"{_project.Name}_{s.Name}" }).Where(n => n.Length > 0)];
        return image.Tags.Concat(image.Digests).Any(t => awaited.Contains(t.Split('/')[^1].Split(':', '@')[0]));
    }

    private async Task<List<StorageItem>> NetworksAsync(DockerStorage stored, CancellationToken ct)
    {
        // What is stopped starts only while its networks are there.
        HashSet<string> used = [.. Staying(stored).SelectMany(c => c.Networks)];
        IList<NetworkResponse> listed = await engine.CallAsync("the list of networks", (client, token) => client.Networks.ListNetworksAsync(null, token), ct).ConfigureAwait(false);
        var found = new List<StorageItem>();
        foreach (NetworkResponse network in listed)
        {
            bool foreign = network.Ingress || network.Scope == "swarm" || BuiltInNetworks.Contains(network.Name);
            bool own = DockerQuery.Map(network.Labels).GetValueOrDefault(ComposeLabels.Project) == _project.Name && !request.Services;
            DateTimeOffset? made = DockerQuery.Time(network.Created);
            if (foreign || own || used.Contains(network.ID) || used.Contains(network.Name) || !IsOld(made)) continue;
            found.Add(Item(StorageKind.Network, network.Name, network.ID, 0, made));
        }
        return found;
    }

    private List<StorageItem> Volumes(DockerStorage stored, Action<OpsException> fail)
    {
        var found = new List<StorageItem>();
        string[] known = [.. stored.Volumes.Select(v => v.Name)];
        foreach (string name in NamePattern.ChooseAll(request.Volumes, known, "volume", name => new OpsException("VolumeNotFound", OpsErrorCategory.ObjectNotFound,
            $"The Docker engine has no volume {name}.{(NearestName.Of(name, known) is { } near ? $" Did you mean {near}?" : "")}", "List them with 'docker volume ls'.", name), fail))
        {
            StoredVolume volume = stored.Volumes.First(v => v.Name == name);
            if (Staying(stored).Where(c => c.Volumes.Contains(name)).Select(c => c.Name).ToArray() is { Length: > 0 } users)
                fail(new OpsException("VolumeInUse", OpsErrorCategory.ResourceBusy, $"The volume {name} belongs to {string.Join(", ", users)}.", "Remove those containers first, if nobody needs them and their data any more.", name));
            else found.Add(Item(StorageKind.Volume, name, name, Math.Max(0, volume.Size), volume.Created));
        }
        return found;
    }

    private List<StorageItem> BuildCache(DockerStorage stored)
    {
        StoredCache[] idle = [.. stored.Cache.Where(c => !c.InUse && !c.Shared && IsOld(c.Used))];
        return idle.Length == 0 ? [] : [Item(StorageKind.BuildCache, "build cache", "build cache", idle.Sum(c => c.Size), idle.Max(c => c.Used))];
    }

    /// <summary>Null when it is gone already.</summary>
    private async Task<T?> InspectAsync<T>(string what, Func<DockerClient, CancellationToken, Task<T>> call, CancellationToken ct) where T : class
    {
        try { return await engine.CallAsync(what, call, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return null; }
    }

    private StorageItem Item(StorageKind kind, string name, string id, long bytes, DateTimeOffset? since) =>
        new() { Kind = kind, Name = name, Id = id, Bytes = bytes, UnusedSince = since, Environment = context.Environment.Name };

    private static string Short(string id) => id[(id.IndexOf(':') + 1)..][..Math.Min(12, id.Length - id.IndexOf(':') - 1)];
}
