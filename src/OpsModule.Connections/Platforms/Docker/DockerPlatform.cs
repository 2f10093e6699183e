using System.Collections.Concurrent;
using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Connections.Platforms.Compose.Comparing;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker.Listing;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>The services of a compose project on a Docker engine, known by the labels that Compose gives its containers.</summary>
public sealed class DockerPlatform : IServicePlatform
{
    private const int Together = 8;

    /// <summary>What the engine gives a container that says nothing of it.</summary>
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(10);

    private static readonly KnownContainers Shared = new(TimeProvider.System);

    private readonly PlatformSetup _setup;
    private readonly IOpsReporter _reporter;
    private readonly DockerEngine _engine;
    private readonly ConcurrentDictionary<string, string> _digests = new(StringComparer.Ordinal);
    private readonly Lazy<ComposeProject> _project;
    private ComposeProject? _made;
    private readonly SemaphoreSlim _compose = new(1);
    private long? _machineMemory;

    /// <summary>Takes the engine over.</summary>
    public DockerPlatform(PlatformSetup setup, DockerEngine engine)
    {
        (_setup, _reporter, _engine) = (setup, setup.Reporter, engine);
        _project = new Lazy<ComposeProject>(() => ComposeProject.Read(_setup.Options, _reporter), LazyThreadSafetyMode.PublicationOnly); // a failure is not kept: the file may be there the next time
    }

    /// <summary>What is known of containers: of all that this process has looked at, for each command opens a platform of its own.</summary>
    public KnownContainers Known { get; init; } = Shared;

    /// <inheritdoc/>
    public string Description => $"the compose project {Project.Name}";

    /// <inheritdoc/>
    public bool IsHere => _engine.IsHere;

    /// <inheritdoc/>
    public bool MakesAnew => true;

    /// <inheritdoc/>
    public IServiceRollout? Rolling { get; init; }

    /// <summary>The engine, for what is asked of it beside services: images, volumes, what takes room. It is the platform's to close.</summary>
    public DockerEngine Engine => _engine;

    private ComposeProject Project => _made ?? _project.Value;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        IReadOnlyList<ContainerListResponse> listed = await ContainersAsync(cancellationToken).ConfigureAwait(false);
        (ContainerListResponse Listed, string Service)[] containers = [.. listed
            .Select(c => (c, DockerQuery.Map(c.Labels).GetValueOrDefault(ComposeLabels.Service) ?? "")).Where(c =>
                c is { c.ID.Length: > 0, Item2.Length: > 0 })];
        LookAtFiles(listed);
        var jobs = new ComposeJobs(_setup.IsNeeded, Project, _engine, Known);
        IReadOnlySet<string>? changed = Known.IsEmpty ? null
            : await DockerEvents.ChangedAsync(_engine, Project.Name, KnownContainers.Longest, cancellationToken).ConfigureAwait(false);
        string[] known = [.. containers.Select(c => c.Service).Concat(Project.Services.Select(s => s.Name)).Distinct().Order(StringComparer.Ordinal)];
        HashSet<string> meant = names is null ? [.. known] : [.. names.SelectMany(n => ServiceSelection.Find(n, known, Sentence(Description)))];
        var instances = new ConcurrentBag<ServiceInstance>();
        await Parallel.ForEachAsync(containers.Where(c => meant.Contains(c.Service)), new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancellationToken },
            async (container, ct) =>
            {
                if (await ReadAsync(container.Listed, container.Service, changed?.Contains(container.Listed.ID) is false, jobs, ct)
                    .ConfigureAwait(false) is { } instance) instances.Add(instance);
            }).ConfigureAwait(false);
        ILookup<string, ServiceInstance> byService = instances.ToLookup(i => i.Service);
        return [.. known.Where(meant.Contains).Select(name => ComposeRecord.Of(name, byService[name], Project, _setup.Environment))];
    }

    /// <inheritdoc/>
    public async Task StartAsync(ChangeScope scope, ServiceRecord service, CancellationToken cancellationToken)
    {
        if (service.Instances.Count == 0 || ServicePlan.Lost(service) > 0)
            await ComposeAsync(service, ["up", "-d", "--no-deps", "--no-recreate", service.Name], cancellationToken).ConfigureAwait(false);
        await EachAsync(service.Instances.Where(i => i.State is InstanceState.Exited or InstanceState.Pending), i => _engine.CallAsync("a container to start", (client, token) => client.Containers.StartContainerAsync(i.Id, null, token), cancellationToken)).ConfigureAwait(false);
        await EachAsync(service.Instances.Where(i => i.State is InstanceState.Paused), i => _engine.CallAsync("a container to go on", (client, token) => client.Containers.UnpauseContainerAsync(i.Id, token), cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task StopAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) =>
        EachAsync(service.Instances.Where(i => i.State is InstanceState.Running or InstanceState.Paused or InstanceState.Restarting), i => EndAsync(i, "stop", grace, cancellationToken));

    /// <inheritdoc/>
    public async Task RestartAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken)
    {
        if (service.Instances.Count == 0) await StartAsync(scope, service, cancellationToken).ConfigureAwait(false);
        // One after another, so that the others go on serving.
        foreach (ServiceInstance instance in service.Instances) await EndAsync(instance, "restart", grace, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public string? Plan(ServiceRecord service, ServiceChange change, int replicas = 0)
    {
        if (change == ServiceChange.Scale && Project.Find(service.Name) is { } written) ComposeScaling.Check(written, service, replicas);
        return ServicePlan.Of(service, change, replicas);
    }

    /// <inheritdoc/>
    public async Task ScaleAsync(ChangeScope scope, ServiceRecord service, int replicas, CancellationToken cancellationToken)
    {
        try { await ComposeAsync(service, ["up", "-d", "--no-deps", "--no-recreate", "--scale", ComposeScaling.Count(service.Name,
            replicas), service.Name], cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (ComposeErrors.ComposeFailed.Is(e))
        {
            // There are as many as before: what was made and cannot run would be counted, and tried again, for ever.
            IReadOnlyList<ServiceRecord> now = await ListAsync([service.Name], CancellationToken.None).ConfigureAwait(false);
            await ComposeContainers.RemoveAsync(_engine, now.SelectMany(s => s.Instances).ExceptBy(
                service.Instances.Select(i => i.Id), i => i.Id)).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task RecreateAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken)
    {
        string[] patience = grace is { } given ? ["-t", string.Create(CultureInfo.InvariantCulture,
            $"{(int)Math.Ceiling(given.TotalSeconds)}")] : [];
        int replicas = Math.Max(1, Math.Max(service.Declared ?? 0, service.Instances.Count));
        return ComposeAsync(service, ["up", "-d", "--no-deps", "--force-recreate", .. patience, "--scale",
            ComposeScaling.Count(service.Name, replicas), service.Name], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ServiceConfiguration>> CompareConfigurationAsync(IReadOnlyCollection<string>? names,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<ContainerListResponse> listed = await ContainersAsync(cancellationToken).ConfigureAwait(false);
        LookAtFiles(listed);
        // The labels of the listing tell all that is asked, unless something differs.
        ServiceInstance[] made = [.. listed.Select(ContainerReader.Listed)];
        var drift = new ComposeDrift(Project.Name, name => ComposeSource.Of(name, [.. made.Select(i => i.Labels)], Project, _setup.Options,
            SilentReporter.Instance), (instance, ct) => ComposeContainers.DetailsAsync(_engine, instance, ct));
        return await drift.FindAsync(made.Where(i => names?.Contains(i.Service) is not false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ReadLogAsync(ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        var which = new ContainerLogsParameters
        {
            ShowStdout = true, ShowStderr = true, Follow = request.Follow, Timestamps = request.Timestamps,
            Tail = request.Tail?.ToString(CultureInfo.InvariantCulture) ?? "all",
            Since = request.Since is { } since ? DockerQuery.Stamp(since) : null, Until = request.Until is { } until
                ? DockerQuery.Stamp(until) : null,
        };
        using MultiplexedStream stream = await DockerOutput.OpenAsync(_engine, instance, which, cancellationToken).ConfigureAwait(false);
        await DockerOutput.ReadAsync(stream, instance.Name, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<int> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        new DockerExec(_engine, instance, request, sink).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<string> RunOnceAsync(ServiceRecord service, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        // What it usually does, such as waiting until the next time, is not wanted.
        ComposeAsync(service, ["run", "--rm", "--no-deps", "-T", "--entrypoint", command[0], service.Name, .. command.Skip(1)],
            cancellationToken);

    /// <inheritdoc/>
    public Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken) =>
        Task.FromResult(ComposeContainers.Route(instance, port));

    /// <inheritdoc/>
    public Task<Contract.Vantages.VantageAnswer> StandAtAsync(ServiceInstance instance, CancellationToken cancellationToken) =>
        Vantages.ContainerVantage.OpenAsync(_engine, instance, cancellationToken);

    /// <inheritdoc/>
    public ProgramCall ProgramIn(ServiceInstance instance, ProgramCall call, ProgramSeat? seat = null) =>
        DockerExec.Call(instance.Id, call, seat);

    /// <inheritdoc/>
    public async Task<ServiceInstance?> FindServerAsync(string service, CancellationToken cancellationToken) =>
        await ComposeContainers.FindAsync(_engine, Project.Name, service, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<string?> FindImageAsync(string service, CancellationToken cancellationToken) =>
        ComposeContainers.FindImageAsync(_engine, Project.Name, service, cancellationToken);

    /// <inheritdoc/>
    public async Task<InstanceUsage> MeasureAsync(ServiceInstance instance, CancellationToken cancellationToken)
    {
        _machineMemory ??= (await _engine.CallAsync("its machine", (client, token) => client.System.GetSystemInfoAsync(token), cancellationToken).ConfigureAwait(false)).MemTotal is var all and > 0 ? all : long.MaxValue;
        ContainerStatsResponse? stats = null;
        var measured = new AtOnce<ContainerStatsResponse>(s => stats ??= s);
        await _engine.CallAsync("what a container uses", (client, token) => client.Containers.GetContainerStatsAsync(instance.Id, new ContainerStatsParameters { Stream = false }, measured, token), cancellationToken).ConfigureAwait(false);
        return DockerStatistics.Read(stats ?? throw DockerErrors.Unreadable("what a container uses"), _machineMemory.Value);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PlatformEvent> EventsAsync(DateTimeOffset since, DateTimeOffset? until, CancellationToken cancellationToken) =>
        DockerEvents.TellAsync(_engine, Project.Name, _reporter, since, until, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _compose.Dispose();
        _engine.Dispose();
    }

    private Task<IReadOnlyList<ContainerListResponse>> ContainersAsync(CancellationToken ct) =>
        ComposeContainers.ListAsync(_engine, Project.Name, null, all: true, ct);

    /// <summary>
    /// Who made the containers may have given Compose more files than the environment knows (<c>-f</c>), or other variables
    /// (<c>--env-file</c>): then what is wanted stands there.
    /// </summary>
    private void LookAtFiles(IEnumerable<ContainerListResponse> containers)
    {
        ComposeProject known = _project.Value;
        ComposeSource? more = containers.Select(c => ComposeSource.OfLabels(DockerQuery.Map(c.Labels))).OfType<ComposeSource>()
            .FirstOrDefault(s => known.Files.All(s.Files.Contains) && (s.Files.Count > known.Files.Count || s.EnvFiles.Count > 0));
        if (more is not null && _made?.Files.SequenceEqual(more.Files) is not true) _made = known.With(more, _reporter);
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static Task EachAsync(IEnumerable<ServiceInstance> instances, Func<ServiceInstance, Task> action) => Task.WhenAll(instances.Select(action));

    private async Task EndAsync(ServiceInstance instance, string how, TimeSpan? grace, CancellationToken ct)
    {
        // Podman gives a container that says nothing of it no time at all, and cannot be told from one whose maker wants that.
        if (grace is null && instance.StopGrace == TimeSpan.Zero && await _engine.IsPodmanAsync(ct)
            .ConfigureAwait(false)) grace = DefaultGrace;
        // Without a word from us the engine gives it what its maker said (stop_grace_period), which a database needs.
        // (The library leaves a grace of no seconds out, which is the same as none.)
        string seconds = grace is { } given ? string.Create(CultureInfo.InvariantCulture, $"?t={(int)Math.Ceiling(given.TotalSeconds)}")
            : "";
        await _engine.SendAsync(HttpMethod.Post, $"/containers/{instance.Id}/{how}{seconds}", ct, grace ?? instance.StopGrace
            ?? DefaultGrace).ConfigureAwait(false);
    }

    private async Task<string> ComposeAsync(ServiceRecord service, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        IReadOnlyList<IReadOnlyDictionary<string, string>> labels = [.. (await ContainersAsync(ct).ConfigureAwait(false)).Select(c => DockerQuery.Map(c.Labels))];
        ComposeSource source = ComposeSource.Of(service.Name, labels, Project, _setup.Options, _reporter)
            ?? throw new OpsException("ScaleUnsupported", OpsErrorCategory.InvalidOperation, $"Containers of {service.Name} can only be made from a compose file, and {_setup.Options.ComposeFile ?? "none"} is not there.",
                "Say where it is under platform: { compose: { file: ... } } in the environment file.", service.Name);
        source = await ComposeMaker.FilledAsync(source, service.Name, () =>
            ComposeContainers.VariablesAsync(_engine, service, ct)).ConfigureAwait(false);
        // Each run makes the networks and volumes that are not there yet: two at once both do, and one of them fails.
        await _compose.WaitAsync(ct).ConfigureAwait(false);
        try { return await ComposeProgram.AskAsync(source, Project.Name, [], arguments, null, ct).ConfigureAwait(false); }
        finally { _compose.Release(); }
    }

    /// <summary>Null when it has gone since it was listed.</summary>
    private async Task<ServiceInstance?> ReadAsync(ContainerListResponse listed, string service, bool may, ComposeJobs jobs, CancellationToken ct)
    {
        try
        {
            ContainerInspectResponse container = (may ? Known.Find(_engine.Name, listed) : null) ?? await InspectAsync(listed, ct).ConfigureAwait(false);
            ServiceInstance instance = ContainerReader.Read(container, service, await DigestAsync(container, ct).ConfigureAwait(false),
                _setup.Time.GetUtcNow());
            return instance with { IsDone = await jobs.IsDoneAsync(instance, container, ct).ConfigureAwait(false) };
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return null; }
    }

    private async Task<ContainerInspectResponse> InspectAsync(ContainerListResponse listed, CancellationToken ct)
    {
        DateTimeOffset asked = TimeProvider.System.GetUtcNow();
        ContainerInspectResponse container = await _engine.CallAsync($"the container {listed.ID}", (client, token) =>
            client.Containers.InspectContainerAsync(listed.ID, token), ct).ConfigureAwait(false);
        Known.Keep(_engine.Name, listed, container, asked);
        return container;
    }

    /// <summary>The digest in the registry; of an image that never was in one, its id.</summary>
    private async Task<string?> DigestAsync(ContainerInspectResponse container, CancellationToken ct)
    {
        if (DockerQuery.Text(container.Image) is not { } image) return null;
        if (_digests.TryGetValue(image, out string? known)) return known;
        try
        {
            ImageInspectResponse details = await _engine.CallAsync($"the image {image}", (client, token) => client.Images.InspectImageAsync(image, token), ct).ConfigureAwait(false);
            // Only an answer is kept, never an attempt: what failed or was stopped is asked again.
            return _digests[image] = details.RepoDigests?.Select(d => d.Split('@')[^1]).FirstOrDefault() ?? image;
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return image; /* removed by force, while it is used */ }
    }
}
