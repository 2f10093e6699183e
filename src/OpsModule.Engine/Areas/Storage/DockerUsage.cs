using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>What a Docker engine stores, and what could be had back of it.</summary>
internal sealed class DockerUsage(DockerEngine engine, string environment)
{
    private SystemInfoResponse? _info;

    /// <summary>True when the engine runs on this machine: its files can be looked at, and this machine's file systems are its own.</summary>
    /// <remarks>A socket does not prove it, for sockets are forwarded and mounted into containers.</remarks>
    public async Task<bool> IsHereAsync(CancellationToken ct) => (await HostAsync(ct).ConfigureAwait(false)).Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);

    /// <summary>The name of the machine that the engine runs on.</summary>
    public async Task<string> HostAsync(CancellationToken ct) => (await InfoAsync(ct).ConfigureAwait(false)).Name ?? "";

    /// <summary>Images, containers, volumes and build cache, of the kinds that are wanted.</summary>
    public async Task MeasureAsync(Func<DiskUsageKind, bool> wanted, Action<DiskUsage> emit, CancellationToken ct)
    {
        string host = await HostAsync(ct).ConfigureAwait(false), folder = (await InfoAsync(ct).ConfigureAwait(false)).DockerRootDir ?? "";
        DockerStorage stored = await DockerStorage.ReadAsync(engine, ct).ConfigureAwait(false);
        foreach (DiskUsage usage in (DiskUsage[])[OfImages(stored), OfContainers(stored), OfVolumes(stored), OfCache(stored)])
            if (wanted(usage.Kind)) emit(usage with { Host = host, Path = folder });
    }

    /// <summary>The kept output of every container, where its files can be seen.</summary>
    public async Task MeasureLogsAsync(Action<DiskUsage> emit, IOpsReporter reporter, CancellationToken ct)
    {
        int hidden = 0;
        IList<ContainerListResponse> listed = await engine.CallAsync("the list of containers",
            (client, token) => client.Containers.ListContainersAsync(new ContainersListParameters { All = true }, token), ct).ConfigureAwait(false);
        foreach (string id in listed.Select(c => c.ID))
        {
            ContainerInspectResponse container;
            try { container = await engine.CallAsync($"the container {id}", (client, token) => client.Containers.InspectContainerAsync(id, token), ct).ConfigureAwait(false); }
            catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { continue; /* it ended in between */ }
            if (DockerQuery.Text(container.LogPath) is not { } path) continue;
            try
            {
                // Rotated ones lie beside it, with a number behind.
                FileInfo[] files = new DirectoryInfo(Path.GetDirectoryName(path)!).GetFiles(Path.GetFileName(path) + "*");
                if (files.Length == 0) continue;
                emit(new DiskUsage
                {
                    Kind = DiskUsageKind.ContainerLog, Name = DockerQuery.Text(container.Name?.TrimStart('/')) ?? id, Path = path, Host = Environment.MachineName, Environment = environment,
                    SizeBytes = files.Sum(f => f.Length), Count = files.Length,
                    Oldest = DockerQuery.Time(container.Created), Newest = files.Max(f => f.LastWriteTimeUtc),
                });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { hidden++; }
        }
        if (hidden > 0) reporter.Warning($"The logs of {hidden} container{(hidden == 1 ? "" : "s")} cannot be seen by {Environment.UserName}; root sees them.");
    }

    private async Task<SystemInfoResponse> InfoAsync(CancellationToken ct) => _info ??= await engine.CallAsync("its machine", (client, token) => client.System.GetSystemInfoAsync(token), ct).ConfigureAwait(false);

    private DiskUsage OfImages(DockerStorage stored)
    {
        HashSet<string> used = [.. stored.Containers.Select(c => c.ImageId)];
        return Of(DiskUsageKind.Image, stored.Images, stored.LayerBytes, stored.Images.Count(i => used.Contains(i.Id)),
            stored.Images.Where(i => !used.Contains(i.Id)).Sum(i => i.Unique), i => i.Created);
    }

    private DiskUsage OfContainers(DockerStorage stored) => Of(DiskUsageKind.Container, stored.Containers, stored.Containers.Sum(c => c.Written),
        stored.Containers.Count(c => c.IsAlive), stored.Containers.Where(c => !c.IsAlive).Sum(c => c.Written), _ => null);

    private DiskUsage OfVolumes(DockerStorage stored) => Of(DiskUsageKind.Volume, stored.Volumes, stored.Volumes.Sum(v => Math.Max(0, v.Size)),
        stored.Volumes.Count(v => v.Containers > 0), stored.Volumes.Where(v => v.Containers == 0).Sum(v => Math.Max(0, v.Size)), v => v.Created);

    private DiskUsage OfCache(DockerStorage stored) => Of(DiskUsageKind.BuildCache, stored.Cache, stored.Cache.Where(c => !c.Shared).Sum(c => c.Size),
        stored.Cache.Count(c => c.InUse), stored.Cache.Where(c => !c.InUse && !c.Shared).Sum(c => c.Size), c => c.Used);

    private DiskUsage Of<T>(DiskUsageKind kind, IReadOnlyList<T> items, long size, int active, long reclaimable, Func<T, DateTimeOffset?> made) => new()
    {
        Kind = kind, Name = "docker", Environment = environment, SizeBytes = size, Count = items.Count, Active = active, ReclaimableBytes = reclaimable,
        Oldest = items.Min(made), Newest = items.Max(made),
    };
}
