using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>What to measure.</summary>
public sealed record DiskUsageRequest
{
    /// <summary>Only these kinds; null for all that apply.</summary>
    public IReadOnlyList<DiskUsageKind>? Kinds { get; init; }

    /// <summary>True counts stores in S3, too, which takes a request for each thousand objects.</summary>
    public bool Remote { get; init; }

    /// <summary>How long a file system may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Measures what takes room: file systems, Docker, backups.</summary>
public sealed class DiskUsageReader(OpsContext context)
{
    private static readonly DiskUsageKind[] OfDocker = [DiskUsageKind.Image, DiskUsageKind.Container, DiskUsageKind.Volume, DiskUsageKind.BuildCache, DiskUsageKind.ContainerLog];

    private string Name => context.Environment.Name;

    /// <summary>Measures, and tells of each as soon as it is known.</summary>
    public async Task RunAsync(DiskUsageRequest request, Action<DiskUsage> emit, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        bool Wanted(DiskUsageKind kind) => request.Kinds?.Contains(kind) ?? true;
        (bool here, string? unseen, bool hasEngine) = (true, null, true);
        bool asksEngine = request.Kinds is null || request.Kinds.Any(k => OfDocker.Contains(k));
        try
        {
            IServicePlatform platform = context.Platform();
            (here, unseen, hasEngine) = (platform.Unseen is null, platform.Unseen, platform is DockerPlatform);
            if (asksEngine && platform is DockerPlatform docker)
                here = await MeasureDockerAsync(docker.Engine, Wanted, emit, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (asksEngine) { fail(e); }
        catch (OpsException) { /* nothing of it was asked for */ }
        if (!hasEngine && request.Kinds is not null && asksEngine)
        {
            fail(new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation, $"The services of {Name} do not run on a Docker engine of the environment file.",
                "If they are a compose project, say so: platform: { compose: { file: compose.yaml } }.", Name));
        }
        // Figures of another machine than that of the services are shown only to whom asks for them.
        if (Wanted(DiskUsageKind.FileSystem) && (here || request.Kinds is not null))
            await FileSystems.MeasureAsync(Name, request.Timeout, emit, fail, cancellationToken).ConfigureAwait(false);
        else if (unseen is not null) context.Reporter.Warning(unseen);
        if (Wanted(DiskUsageKind.Store)) await MeasureStoresAsync(request.Remote, emit, fail, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> MeasureDockerAsync(DockerEngine engine, Func<DiskUsageKind, bool> wanted, Action<DiskUsage> emit,
        CancellationToken ct)
    {
        var usage = new DockerUsage(engine, Name);
        bool here = await usage.IsHereAsync(ct).ConfigureAwait(false);
        if (!here && (wanted(DiskUsageKind.FileSystem) || wanted(DiskUsageKind.ContainerLog)))
            context.Reporter.Warning($"The Docker engine runs on {await usage.HostAsync(ct).ConfigureAwait(false)}, not on {Environment.MachineName}: its file systems and log files cannot be seen from here.");
        if (OfDocker.Where(k => k != DiskUsageKind.ContainerLog).Any(wanted)) await usage.MeasureAsync(wanted, emit, ct).ConfigureAwait(false);
        if (here && wanted(DiskUsageKind.ContainerLog)) await usage.MeasureLogsAsync(emit, context.Reporter, ct).ConfigureAwait(false);
        return here;
    }

    private async Task MeasureStoresAsync(bool remote, Action<DiskUsage> emit, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        foreach (StoreSettings settings in context.Environment.Backups.Stores.Values.Where(s => s.Path is not null || remote))
        {
            try { emit(await MeasureStoreAsync(settings, cancellationToken).ConfigureAwait(false)); }
            catch (OpsException e) { fail(e); }
        }
    }

    private async Task<DiskUsage> MeasureStoreAsync(StoreSettings settings, CancellationToken cancellationToken)
    {
        long size = 0;
        int backups = 0;
        DateTimeOffset? oldest = null, newest = null;
        await foreach (StoredObject found in context.OpenStore(settings.Name).ListAsync("", cancellationToken).ConfigureAwait(false))
        {
            size += found.Length;
            // Other manifests, as those of exported logs, carry no backup's id.
            if (!BackupKeys.IsManifest(found.Key) || BackupKeys.TimeOf(BackupKeys.IdOf(found.Key)) is not { } made) continue;
            backups++;
            if (oldest is null || made < oldest) oldest = made;
            if (newest is null || made > newest) newest = made;
        }
        return new DiskUsage
        {
            Kind = DiskUsageKind.Store, Name = settings.Name, Path = settings.Path ?? $"s3://{settings.Bucket}/{settings.Prefix}", Host = settings.Path is null ? null : Environment.MachineName,
            SizeBytes = size, Count = backups, Oldest = oldest, Newest = newest, Environment = Name,
        };
    }
}
