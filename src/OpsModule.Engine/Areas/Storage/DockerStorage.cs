using System.Text.Json;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>An image as the engine counts it.</summary>
internal sealed record StoredImage(string Id, IReadOnlyList<string> Tags, IReadOnlyList<string> Digests, long Size, long Shared, DateTimeOffset? Created)
{
    /// <summary>What only it takes; layers may be shared with other images.</summary>
    public long Unique => Math.Max(0, Size - Shared);

    /// <summary>True when no name leads to it. One that was pulled by its digest has that for a name.</summary>
    public bool IsDangling => Tags.Count == 0 && Digests.Count == 0;
}

/// <summary>A container as the engine counts it.</summary>
internal sealed record StoredContainer(string Id, string Name, string ImageId, string State, long Written, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> Networks, IReadOnlyList<string> Volumes)
{
    /// <summary>True while it runs, or soon does again.</summary>
    public bool IsAlive => State is not ("exited" or "dead" or "created" or "configured" or "stopped");

    public string? Project => Labels.GetValueOrDefault(ComposeLabels.Project);

    /// <summary>True for a container of a service, running or stopped by hand; what <c>compose run</c> left is none.</summary>
    public bool IsService => Labels.ContainsKey(ComposeLabels.Service) && !ComposeLabels.IsOneOff(Labels.GetValueOrDefault(ComposeLabels.OneOff));
}

/// <summary>A volume as the engine counts it; sizes are -1 where a driver does not tell.</summary>
internal sealed record StoredVolume(string Name, string? Path, long Size, int Containers, DateTimeOffset? Created);

/// <summary>An entry of the build cache.</summary>
internal sealed record StoredCache(long Size, bool InUse, bool Shared, DateTimeOffset? Used);

/// <summary>What a Docker engine stores.</summary>
internal sealed record DockerStorage
{
    // Measuring volumes means walking through them.
    private static readonly TimeSpan Takes = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>What all layers of all images take together.</summary>
    public long LayerBytes { get; private init; }
    public IReadOnlyList<StoredImage> Images { get; private init; } = [];
    public IReadOnlyList<StoredContainer> Containers { get; private init; } = [];
    public IReadOnlyList<StoredVolume> Volumes { get; private init; } = [];
    public IReadOnlyList<StoredCache> Cache { get; private init; } = [];

    public static async Task<DockerStorage> ReadAsync(DockerEngine engine, CancellationToken ct)
    {
        JsonElement df = await MeasureAsync(engine, "", ct).ConfigureAwait(false);
        // What the measurement tells of containers leaves out networks with some engines.
        IList<ContainerListResponse> listed = await engine.CallAsync("the list of containers",
            (client, token) => client.Containers.ListContainersAsync(new ContainersListParameters { All = true }, token), ct).ConfigureAwait(false);
        Dictionary<string, long> written = df.Items("Containers").ToDictionary(c => c.Text("Id") ?? "", c => c.Number("SizeRw") ?? 0);
        return new DockerStorage
        {
            LayerBytes = df.Number("LayersSize") ?? 0,
            Images = [.. df.Items("Images").Select(Image)],
            Containers = [.. listed.Select(c => Container(c, written))],
            Volumes = [.. df.Items("Volumes").Select(v => new StoredVolume(v.Text("Name") ?? "", v.Text("Mountpoint"),
                v.Number("UsageData", "Size") ?? -1, (int)(v.Number("UsageData", "RefCount") ?? 0), v.Time("CreatedAt")))],
            Cache = [.. df.Items("BuildCache").Select(b => new StoredCache(b.Number("Size") ?? 0, b.IsTrue("InUse"), b.IsTrue("Shared"), b.Time("LastUsedAt") ?? b.Time("CreatedAt")))],
        };
    }

    /// <summary>What all layers take now.</summary>
    public static async Task<long> LayerBytesAsync(DockerEngine engine, CancellationToken ct) =>
        (await MeasureAsync(engine, "?type=image", ct).ConfigureAwait(false)).Number("LayersSize") ?? 0;

    /// <summary>Older engines measure for one at a time, and refuse the others. What they answer the library reads as nothing.</summary>
    private static async Task<JsonElement> MeasureAsync(DockerEngine engine, string query, CancellationToken ct)
    {
        long deadline = Environment.TickCount64 + (long)Takes.TotalMilliseconds;
        while (true)
        {
            try { return await engine.SendAsync(HttpMethod.Get, "/system/df" + query, ct, Takes).ConfigureAwait(false); }
            catch (OpsException e) when (e.Message.Contains("already running", StringComparison.Ordinal) && Environment.TickCount64 < deadline)
            {
                await Task.Delay(Pause, ct).ConfigureAwait(false);
            }
        }
    }

    private static StoredImage Image(JsonElement image) => new(image.Text("Id") ?? "",
        Names(image, "RepoTags"), Names(image, "RepoDigests"), image.Number("Size") ?? 0, Math.Max(0, image.Number("SharedSize") ?? 0),
        image.Number("Created") is { } created ? DateTimeOffset.FromUnixTimeSeconds(created) : null);

    private static string[] Names(JsonElement image, string key) => [.. image.Items(key).Select(n => n.GetString() ?? "").Where(n => n.Length > 0 && !n.StartsWith("<none>", StringComparison.Ordinal))];

    private static StoredContainer Container(ContainerListResponse container, Dictionary<string, long> written) => new(container.ID, container.Names?.FirstOrDefault()?.TrimStart('/') ?? container.ID,
        container.ImageID, container.State, written.GetValueOrDefault(container.ID), DockerQuery.Map(container.Labels),
        [.. (container.NetworkSettings?.Networks ?? new Dictionary<string, EndpointSettings>()).SelectMany(n => new[] { n.Key, DockerQuery.Text(n.Value?.NetworkID) }).OfType<string>()],
        [.. (container.Mounts ?? []).Select(m => DockerQuery.Text(m.Name)).OfType<string>()]);
}
