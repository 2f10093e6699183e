using System.Collections.Concurrent;
using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
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

    private readonly PlatformSetup _setup;
    private readonly IOpsReporter _reporter;
    private readonly DockerEngine _engine;
    private readonly ConcurrentDictionary<string, string> _digests = new(StringComparer.Ordinal);
    private readonly Lazy<ComposeProject> _project;
    private readonly Lazy<ComposeJobs> _jobs;
    private readonly SemaphoreSlim _compose = new(1);
    private long? _machineMemory;

    /// <summary>Takes the engine over.</summary>
    public DockerPlatform(PlatformSetup setup, DockerEngine engine)
    {
        _setup = setup;
        _reporter = setup.Reporter;
        _engine = engine;
        _project = new Lazy<ComposeProject>(() => ComposeProject.Read(_setup.Options, _reporter), LazyThreadSafetyMode.PublicationOnly); // a failure is not kept: the file may be there the next time
        _jobs = new Lazy<ComposeJobs>(() => new ComposeJobs(_setup.IsNeeded, Project, engine));
    }

    /// <inheritdoc/>
    public string Description => $"the compose project {Project.Name}";

    /// <inheritdoc/>
    public bool IsHere => _engine.IsHere;

    /// <summary>
    /// The engine, for what is asked of it beside services: images, volumes, what takes room. It is the platform's to close.
    /// </summary>
    public DockerEngine Engine => _engine;

    private ComposeProject Project => _project.Value;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        (string Id, string Service)[] containers = [.. (await ContainersAsync(cancellationToken).ConfigureAwait(false))
            .Select(c => (c.ID ?? "", DockerQuery.Map(c.Labels).GetValueOrDefault(ComposeLabels.Service) ?? "")).Where(c => c is { Item1.Length: > 0, Item2.Length: > 0 })];
        string[] known = [.. containers.Select(c => c.Service).Concat(Project.Services.Select(s => s.Name)).Distinct().Order(StringComparer.Ordinal)];
        HashSet<string> meant = names is null ? [.. known] : [.. names.SelectMany(n => ServiceSelection.Find(n, known, Sentence(Description)))];
        var instances = new ConcurrentBag<ServiceInstance>();
        await Parallel.ForEachAsync(containers.Where(c => meant.Contains(c.Service)), new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancellationToken },
            async (container, ct) =>
            {
                if (await InspectAsync(container.Id, container.Service, ct).ConfigureAwait(false) is { } instance) instances.Add(instance);
            }).ConfigureAwait(false);
        ILookup<string, ServiceInstance> byService = instances.ToLookup(i => i.Service);
        return [.. known.Where(meant.Contains).Select(name => Record(name, [.. byService[name].OrderBy(Number).ThenBy(i => i.Name, StringComparer.Ordinal)]))];
    }

    /// <inheritdoc/>
    public async Task StartAsync(ChangeScope scope, ServiceRecord service, CancellationToken cancellationToken)
    {
        if (service.Instances.Count == 0) await ComposeAsync(service, ["up", "-d", "--no-deps", "--no-recreate", service.Name], cancellationToken).ConfigureAwait(false);
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
    public Task ScaleAsync(ChangeScope scope, ServiceRecord service, int replicas, CancellationToken cancellationToken) =>
        ComposeAsync(service, ["up", "-d", "--no-deps", "--no-recreate", "--scale", string.Create(CultureInfo.InvariantCulture, $"{service.Name}={replicas}"), service.Name], cancellationToken);

    /// <inheritdoc/>
    public async Task ReadLogAsync(ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        var which = new ContainerLogsParameters
        {
            ShowStdout = true,
            ShowStderr = true,
            Follow = request.Follow,
            Timestamps = request.Timestamps,
            Tail = request.Tail?.ToString(CultureInfo.InvariantCulture) ?? "all",
            Since = request.Since is { } since ? DockerQuery.Stamp(since) : null,
            Until = request.Until is { } until ? DockerQuery.Stamp(until) : null,
        };
        using MultiplexedStream stream = await _engine.CallAsync($"the log of {instance.Name}", (client, token) => client.Containers.GetContainerLogsAsync(instance.Id, which, token), cancellationToken).ConfigureAwait(false);
        await DockerOutput.ReadAsync(stream, instance.Name, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<int> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        new DockerExec(_engine, instance, request, sink).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken) =>
        Task.FromResult(ComposeContainers.Route(instance, port));

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
        DockerEvents.ReadAsync(_engine, Project.Name, since, until, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _compose.Dispose();
        _engine.Dispose();
    }

    private async Task<IReadOnlyList<ContainerListResponse>> ContainersAsync(CancellationToken ct)
    {
        var which = new ContainersListParameters { All = true, Filters = DockerQuery.Filters(("label", [ComposeLabels.OfProject(Project.Name)])) };
        IList<ContainerListResponse> listed = await _engine.CallAsync("the list of containers", (client, token) => client.Containers.ListContainersAsync(which, token), ct).ConfigureAwait(false);
        return [.. listed.Where(c => !ComposeLabels.IsOneOff(DockerQuery.Map(c.Labels).GetValueOrDefault(ComposeLabels.OneOff)))];
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static int Number(ServiceInstance instance) => int.TryParse(instance.Labels.GetValueOrDefault(ComposeLabels.Number), out int number) ? number : int.MaxValue;

    private static Task EachAsync(IEnumerable<ServiceInstance> instances, Func<ServiceInstance, Task> action) => Task.WhenAll(instances.Select(action));

    private Task EndAsync(ServiceInstance instance, string how, TimeSpan? grace, CancellationToken ct) =>
        // Without a word from us the engine gives it what its maker said (stop_grace_period), which a database needs.
        // (The library leaves a grace of no seconds out, which is the same as none.)
        _engine.SendAsync(HttpMethod.Post, $"/containers/{instance.Id}/{how}" + (grace is { } given ? string.Create(CultureInfo.InvariantCulture, $"?t={(int)Math.Ceiling(given.TotalSeconds)}") : ""), ct,
            grace ?? instance.StopGrace ?? DefaultGrace);

    private async Task ComposeAsync(ServiceRecord service, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        IReadOnlyList<IReadOnlyDictionary<string, string>> labels = [.. (await ContainersAsync(ct).ConfigureAwait(false)).Select(c => DockerQuery.Map(c.Labels))];
        ComposeSource source = ComposeSource.Of(service.Name, labels, Project, _setup.Options, _reporter)
            ?? throw new OpsException("ScaleUnsupported", OpsErrorCategory.InvalidOperation, $"Containers of {service.Name} can only be made from a compose file, and {_setup.Options.ComposeFile ?? "none"} is not there.",
                "Say where it is under platform: { compose: { file: ... } } in the environment file.", service.Name);
        // Each run makes the networks and volumes that are not there yet: two at once both do, and one of them fails.
        await _compose.WaitAsync(ct).ConfigureAwait(false);
        try { await ComposeProgram.RunAsync(source, Project.Name, arguments, ct).ConfigureAwait(false); }
        finally { _compose.Release(); }
    }

    /// <summary>Null when it has gone since it was listed.</summary>
    private async Task<ServiceInstance?> InspectAsync(string id, string service, CancellationToken ct)
    {
        try
        {
            ContainerInspectResponse container = await _engine.CallAsync($"the container {id}", (client, token) => client.Containers.InspectContainerAsync(id, token), ct).ConfigureAwait(false);
            ServiceInstance instance = ContainerReader.Read(container, service, await DigestAsync(container, ct).ConfigureAwait(false));
            return instance with { IsDone = await _jobs.Value.IsDoneAsync(instance, container, ct).ConfigureAwait(false) };
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return null; }
    }

    private ServiceRecord Record(string name, IReadOnlyList<ServiceInstance> instances)
    {
        string?[] digests = [.. instances.Select(i => i.ImageDigest).Distinct()];
        ComposeService? written = Project.Find(name);
        return new ServiceRecord
        {
            Name = name,
            Environment = _setup.Environment,
            Kind = "compose",
            Image = instances.FirstOrDefault()?.Image,
            ImageDigest = digests.Length == 1 ? digests[0] : null,
            Wanted = instances.Count > 0 ? instances.Count(i => !i.IsDone) : written?.Replicas ?? 0,
            Declared = written?.Replicas,
            IsOptional = written?.IsOptional ?? false,
            DependsOn = written?.DependsOn ?? ServiceDependency.OfLabel(instances.Select(i => i.Labels.GetValueOrDefault(ComposeLabels.DependsOn)).FirstOrDefault(l => l is not null)),
            Instances = instances,
        };
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
