using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>
/// Brings out services of a compose project: Compose makes the containers, for only it knows how, and the engine starts, stops and
/// removes them by
/// their ids. Compose's own scaling down would take whichever it likes.
/// </summary>
public sealed class ComposeRollout : IInstanceRollout
{
    private readonly PlatformSetup _setup;
    private readonly DockerEngine _engine;
    private readonly EngineImages _images;
    private readonly InstanceReader _reader;
    private readonly InstancePrograms _programs;
    private readonly Lazy<ComposeProject> _project;

    /// <summary>Over an engine that stays the platform's.</summary>
    public ComposeRollout(PlatformSetup setup, DockerEngine engine)
    {
        (_setup, _engine, _images, _reader) = (setup, engine, new EngineImages(engine), new InstanceReader(engine, setup.Time));
        _programs = new InstancePrograms(engine, _reader, setup.Reporter);
        _project = new Lazy<ComposeProject>(() => ComposeProject.Read(setup.Options), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    public string Description => $"the compose project {Project}";

    private string Project => _project.Value.Name;

    private RolloutLock Lock => new(_engine, _reader, Project);

    private ComposeOnce Once => new(_engine, _reader, _images, _programs, Project);

    /// <inheritdoc/>
    public async Task<InstanceModel> ReadAsync(string service, CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyDictionary<string,
            string>> labels = [.. (await ContainersAsync(null, cancellationToken).ConfigureAwait(false)).Select(c =>
            DockerQuery.Map(c.Labels))];
        ComposeSource? source = ComposeSource.Of(service, labels, _project.Value, _setup.Options, _setup.Reporter);
        if (source is not null) source = ComposeMaker.Own(source)
            ?? ComposeSource.Of(service, [], _project.Value, _setup.Options, _setup.Reporter);
        return source is null ? throw new OpsException("RolloutUnsupported", OpsErrorCategory.InvalidOperation,
            $"Containers of {service} can only be made from a compose file, and {_setup.Options.ComposeFile ?? "none"} is not there.",
            "Say where it is under platform: { compose: { file: ... } } in the environment file.", service)
            : await ComposeModelReader.ReadAsync(source, Project, service, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(InstanceModel model, InstanceFacts instance, ImageFacts? image) =>
        ComposeLikeness.Differences(model, instance, image);

    /// <inheritdoc/>
    public InstanceModel AsMade(InstanceModel model, InstanceFacts instance, ImageFacts? image, IReadOnlyList<string> differences) =>
        ComposeLikeness.AsMade(model, instance, image, differences);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<InstanceFacts>> ListAsync(string service, CancellationToken cancellationToken)
    {
        var found = new List<InstanceFacts>();
        foreach (ContainerListResponse listed in await ContainersAsync(service, cancellationToken).ConfigureAwait(false))
            if (await _reader.FindAsync(listed.ID, service, cancellationToken).ConfigureAwait(false) is { } one) found.Add(one);
        return [.. found.OrderBy(i => int.TryParse(i.Instance.Labels.GetValueOrDefault(ComposeLabels.Number), out int number) ? number
            : int.MaxValue).ThenBy(i => i.Instance.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<InstanceFacts?> LookAsync(string id, CancellationToken cancellationToken) =>
        await _reader.FindAsync(id, "", cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<EngineFacts> ReadEngineAsync(CancellationToken cancellationToken)
    {
        SystemInfoResponse told = await _engine.CallAsync("its machine", (client, token) => client.System.GetSystemInfoAsync(token),
            cancellationToken).ConfigureAwait(false);
        string architecture = told.Architecture switch { "x86_64" => "amd64", "aarch64" => "arm64", "armv7l" or "armv6l" => "arm",
            "i386" or "i686" => "386", var other => other };
        return new EngineFacts(told.OSType, architecture, _engine.IsHere && Directory.Exists(told.DockerRootDir) ? told.DockerRootDir
            : null);
    }

    /// <inheritdoc/>
    public Task<ImageFacts?> FindImageAsync(string reference, CancellationToken cancellationToken) =>
        _images.FindAsync(reference, cancellationToken);

    /// <inheritdoc/>
    public Task<RegistryImage> AskRegistryAsync(string reference, CancellationToken cancellationToken) =>
        _images.AskRegistryAsync(reference, cancellationToken);

    /// <inheritdoc/>
    public Task PullAsync(ChangeScope scope, string reference, CancellationToken cancellationToken) =>
        _images.PullAsync(reference, cancellationToken);

    /// <inheritdoc/>
    public Task KeepImageAsync(ChangeScope scope, string image, string name, CancellationToken cancellationToken) =>
        _images.TagAsync(image, name, cancellationToken);

    /// <inheritdoc/>
    public Task ForgetImageAsync(ChangeScope scope, string name, CancellationToken cancellationToken) =>
        _images.ForgetAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<InstanceFacts>> MakeAsync(ChangeScope scope, InstanceMaking making, CancellationToken cancellationToken)
    {
        string service = making.Model.Service;
        HashSet<string> before = [.. (await ContainersAsync(service, cancellationToken).ConfigureAwait(false)).Select(c => c.ID)];
        try
        {
            ComposeSource source = ComposeMaker.SourceOf(making);
            await ComposeProgram.RunAsync(source, Project, ComposeMaker.Up(service, before.Count + making.Count),
                cancellationToken).ConfigureAwait(false);
            InstanceFacts[] made = [.. (await ListAsync(service, cancellationToken).ConfigureAwait(false)).Where(i =>
                !before.Contains(i.Id))];
            if (made.Length != making.Count)
                throw ImageErrors.InstancesNotMade.Make(
                    $"Compose was to make {making.Count} of {service}, and {made.Length} are there since"
                    + $"{(made.Length == 0 ? "" : $": {string.Join(", ", made.Select(i => $"{i} ({i.Instance.State})"))}")}.",
                    "See what is there: docker ps -a. Then run the command again.", service);
            if (made.FirstOrDefault(i => i.ImageId != making.ImageId) is { } other)
                throw ImageErrors.InstancesNotMade.Make(
                    $"{other} was made of the image {other.ImageId}, and {making.ImageId} was meant: its name was given to another "
                    + $"image meanwhile.", "Run the command again.", service);
            await ClearAsync(making.Folder, source, cancellationToken).ConfigureAwait(false);
            return made;
        }
        catch
        {
            var left = ComposeLeftovers.Of(await ContainersAsync(service, CancellationToken.None).ConfigureAwait(false), before);
            foreach (string id in left.Made) await RemoveAsync(scope, id, volumes: true, CancellationToken.None).ConfigureAwait(false);
            if (left.Words(service) is { } words) _setup.Reporter.Warning(words);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task SettleAsync(string service, CancellationToken cancellationToken) =>
        ComposeSurvivors.WaitAsync(Project, service, _setup.Time, _setup.Reporter, cancellationToken);

    /// <inheritdoc/>
    public async Task StartAsync(ChangeScope scope, InstanceModel model, string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        await new ComposeNetworks(_engine, _reader).ConnectAsync(model, id, cancellationToken).ConfigureAwait(false);
        await _engine.CallAsync("a container to start", (client, token) =>
            client.Containers.StartContainerAsync(id, new ContainerStartParameters(), token), cancellationToken).ConfigureAwait(false);
        await RunHooksAsync(model.PostStart, id, "post_start", _ => limit, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task PrepareStopAsync(ChangeScope scope, InstanceModel model, string id, TimeSpan limit, CancellationToken cancellationToken) =>
        RunHooksAsync(model.PreStop, id, "pre_stop", instance => GraceOf(instance) is var grace && grace > limit ? grace : limit,
            cancellationToken);

    /// <inheritdoc/>
    public async Task StopAsync(ChangeScope scope, string id, TimeSpan? grace, CancellationToken cancellationToken)
    {
        if (await LookAsync(id, cancellationToken).ConfigureAwait(false) is not { } instance) return;
        TimeSpan own = grace ?? GraceOf(instance);
        try
        {
            await _engine.SendAsync(HttpMethod.Post, $"/containers/{id}/stop"
                + (grace is { } given ? $"?t={(int)Math.Ceiling(given.TotalSeconds)}" : ""), cancellationToken, own).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { /* somebody has removed it since it was looked at */ }
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(ChangeScope scope, string id, bool volumes, CancellationToken cancellationToken)
    {
        try
        {
            await _engine.CallAsync("a container to take away", (client, token) =>
                client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true, RemoveVolumes = volumes },
                token), cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { /* gone already */ }
        // The engine is at it.
        catch (OpsException e) when (e.ErrorId == "ContainerBusy" && e.Message.Contains("in progress", StringComparison.Ordinal)) { }
    }

    /// <inheritdoc/>
    public async Task RenameAsync(ChangeScope scope, string id, string name, CancellationToken cancellationToken)
    {
        if (await LookAsync(id, cancellationToken).ConfigureAwait(false) is { } instance && instance.Instance.Name != name)
            await _engine.CallAsync("a container's name", (client, token) =>
                client.Containers.RenameContainerAsync(id, new ContainerRenameParameters { NewName = name }, token),
                cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<InstanceAnswer> AskAsync(InstanceFacts instance, CancellationToken cancellationToken) =>
        _programs.AskAsync(instance, cancellationToken);

    /// <inheritdoc/>
    public async Task<int?> CountConnectionsAsync(string id, IReadOnlyCollection<int> ports, CancellationToken cancellationToken) =>
        await ProcessAsync(id, cancellationToken).ConfigureAwait(false) is { } process ? ConnectionCount.Of(process, id, ports) : null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> ReadPortsAsync(string id, CancellationToken cancellationToken) =>
        await ProcessAsync(id, cancellationToken).ConfigureAwait(false) is { } process ? ConnectionCount.PortsOf(process, id) : [];

    /// <summary>Its first process; null where its connections cannot be told from here.</summary>
    private async Task<long?> ProcessAsync(string id, CancellationToken ct)
    {
        if (!_engine.IsHere || await _reader.InspectAsync(id, ct).ConfigureAwait(false) is not { } container) return null;
        // On the machine's own network the connections of everything else would count.
        return container.HostConfig?.NetworkMode == "host" ? null : container.State?.Pid ?? 0;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadTailAsync(string id, int lines, CancellationToken cancellationToken) =>
        _programs.ReadTailAsync(id, lines, cancellationToken);

    /// <inheritdoc/>
    public Task<InstanceAnswer> RunOnceAsync(ChangeScope scope, InstanceMaking making, IReadOnlyList<string> command, string name,
        CancellationToken cancellationToken) => Once.RunAsync(making, command, name, cancellationToken);

    /// <inheritdoc/>
    public Task<InstanceAnswer?> EndOnceAsync(string name, CancellationToken cancellationToken) =>
        Once.FindEndAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async Task<RolloutHolder?> TryLockAsync(ChangeScope scope, string service, RolloutHolder holder,
        CancellationToken cancellationToken)
    {
        // Any image that is there does: it is never started. One may have been removed since it was listed, by force or by a prune.
        IEnumerable<string> images = (await ContainersAsync(service, cancellationToken).ConfigureAwait(false)).Select(c => c.ImageID)
            .Concat((await _engine.CallAsync("the list of images", (client, token) =>
                client.Images.ListImagesAsync(new ImagesListParameters(), token), cancellationToken).ConfigureAwait(false))
                .Select(i => i.ID)).Distinct();
        foreach (string image in images)
        {
            try { return await Lock.TryAsync(service, image, holder, cancellationToken).ConfigureAwait(false); }
            catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { /* the next one */ }
        }
        _setup.Reporter.Warning($"The engine has no image to make the lock of {service} of: nothing keeps another machine from bringing it "
            + "out at the same time.");
        return null;
    }

    /// <inheritdoc/>
    public Task<RolloutHolder?> FindLockAsync(string service, CancellationToken cancellationToken) =>
        Lock.FindAsync(service, cancellationToken);

    /// <inheritdoc/>
    public Task UnlockAsync(ChangeScope scope, string service, string change, CancellationToken cancellationToken) =>
        Lock.UnlockAsync(service, change, cancellationToken);

    private async Task RunHooksAsync(IReadOnlyList<InstanceHook> hooks, string id, string kind, Func<InstanceFacts, TimeSpan> limit,
        CancellationToken ct)
    {
        if (hooks.Count == 0 || await LookAsync(id, ct).ConfigureAwait(false) is not { } instance) return;
        foreach (InstanceHook hook in hooks) await _programs.RunHookAsync(instance, hook, kind, limit(instance), ct).ConfigureAwait(false);
    }

    private static TimeSpan GraceOf(InstanceFacts instance) => instance.Instance.StopGrace ?? TimeSpan.FromSeconds(10);

    /// <summary>Files of ours go with the last container that was made of them, whatever it does.</summary>
    private async Task ClearAsync(string folder, ComposeSource used, CancellationToken ct)
    {
        IEnumerable<string> named = (await ComposeContainers.ListAsync(_engine, Project, null, all: true, ct).ConfigureAwait(false))
            .SelectMany(c => (DockerQuery.Map(c.Labels).GetValueOrDefault(ComposeLabels.Files) ?? "").Split(','));
        ComposeMaker.Clear(folder, [.. named, .. used.Files]);
    }

    /// <summary>Those that Compose has made: of one that somebody has started by hand, the image says the same without a number.</summary>
    private async Task<IReadOnlyList<ContainerListResponse>> ContainersAsync(string? service, CancellationToken ct)
    {
        var made = new List<ContainerListResponse>();
        foreach (ContainerListResponse one in await ComposeContainers.ListAsync(_engine, Project, service, all: true,
            ct).ConfigureAwait(false))
            if (await ComposeContainers.IsMadeAsync(_engine, one, ct).ConfigureAwait(false)) made.Add(one);
        return made;
    }
}
