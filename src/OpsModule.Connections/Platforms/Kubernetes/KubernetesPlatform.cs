using System.Collections.Concurrent;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>The services of a namespace of a Kubernetes cluster: its Deployments, StatefulSets, DaemonSets, jobs, and whatever else owns pods.</summary>
public sealed class KubernetesPlatform : IServicePlatform
{
    private readonly PlatformSetup _setup;
    private readonly Kubectl _kubectl;
    private readonly PodMetrics _metrics;
    private readonly ConcurrentBag<PodForward> _forwards = [];
    private NamespaceContents? _contents;

    /// <summary>The platform of an environment; nothing is asked yet.</summary>
    public KubernetesPlatform(PlatformSetup setup) : this(setup, new Kubectl(setup.Options)) { }

    /// <summary>The platform of an environment through a <c>kubectl</c> of the caller; nothing is asked yet.</summary>
    public KubernetesPlatform(PlatformSetup setup, Kubectl kubectl)
    {
        _setup = setup;
        _kubectl = kubectl;
        _metrics = new PodMetrics(kubectl, setup.Time);
    }

    /// <inheritdoc/>
    public string Description => _setup.Options is var platform && platform.Namespace is { } name ? $"the namespace {name}{In(platform)}" : $"the context's namespace{In(platform)}";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        NamespaceContents contents = await LookAsync(cancellationToken).ConfigureAwait(false);
        HashSet<string> meant = names is null ? [.. contents.Names] : [.. names.SelectMany(n => ServiceSelection.Find(n, contents.Names, char.ToUpperInvariant(Description[0]) + Description[1..]))];
        DateTimeOffset now = _setup.Time.GetUtcNow();
        return [.. contents.Names.Where(meant.Contains).Select(n => contents.Record(n, _setup.Environment, now))];
    }

    /// <inheritdoc/>
    public string? Plan(ServiceRecord service, ServiceChange change, int replicas = 0) => Scaling(service).Plan(service, change, replicas);

    /// <inheritdoc/>
    public IReadOnlyList<string> WarningsOf(ServiceRecord service, ServiceChange change) =>
        Scaling(service).WarningsOf(change, _contents?.AutoscalersUnseen);

    /// <inheritdoc/>
    public Task StartAsync(ChangeScope scope, ServiceRecord service, CancellationToken cancellationToken) =>
        Scaling(service).StartAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task StopAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken)
    {
        await Scaling(service).ScaleAsync(0, cancellationToken).ConfigureAwait(false);
        // The cluster's controllers end the pods a moment later, each with the grace period of its own specification.
        long start = _setup.Time.GetTimestamp();
        while (_setup.Time.GetElapsedTime(start) < Settling)
        {
            try
            {
                ServiceRecord now = (await ListAsync([service.Name], cancellationToken).ConfigureAwait(false))[0];
                if (now.Instances.All(i => i.State is InstanceState.Dead or InstanceState.Exited)) return;
            }
            // What was asked for is there; an API server that restarts meanwhile does not undo it.
            catch (OpsException e) when (KubectlErrors.IsPassing(e)) { _setup.Reporter.Verbose(e.Message); }
            await Task.Delay(TimeSpan.FromMilliseconds(250), _setup.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task RestartAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) =>
        Scaling(service).RestartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task ScaleAsync(ChangeScope scope, ServiceRecord service, int replicas, CancellationToken cancellationToken)
    {
        WorkloadScaling scaling = Scaling(service);
        scaling.RefuseGoverned(service);
        return scaling.ScaleAsync(replicas, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReadLogAsync(ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        new PodLog(_kubectl, instance, request, sink).ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<int> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        new PodExec(_kubectl, instance, request, sink).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken)
    {
        PodForward forward = await PodForward.OpenAsync(_kubectl, instance, port, cancellationToken).ConfigureAwait(false);
        _forwards.Add(forward);
        return forward;
    }

    /// <inheritdoc/>
    public ProgramCall ProgramIn(ServiceInstance instance, ProgramCall call, ProgramSeat? seat = null) =>
        PodExec.Call(_kubectl, instance, call, seat);

    /// <inheritdoc/>
    public async Task<ServiceInstance?> FindServerAsync(string service, CancellationToken cancellationToken)
    {
        ServiceRecord found = (await ListAsync([service], cancellationToken).ConfigureAwait(false))[0];
        return found.Instances.Where(i => i.State == InstanceState.Running).OrderByDescending(i => i.IsReady)
            .ThenBy(i => i.Name, StringComparer.Ordinal).FirstOrDefault()
            ?? throw new OpsException("ServiceNotRunning", OpsErrorCategory.ResourceUnavailable,
                $"No pod of {service} runs in {Description}.",
                $"Start it (Start-OpsService {service}), or correct the service's name in the environment file.", service);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>?> ReadTlsSecretsAsync(CancellationToken cancellationToken)
    {
        string listed = await _kubectl.RunAsync(["get", "secrets", "--field-selector=type=kubernetes.io/tls", "-o",
            NamesAndCertificates], cancellationToken).ConfigureAwait(false);
        var secrets = listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 2))
            .ToDictionary(l => l[0], l => l.ElementAtOrDefault(1) ?? "");
        if (secrets.Count == 0) await _kubectl.RequireNamespaceAsync(cancellationToken).ConfigureAwait(false);
        return secrets;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NodeRecord>?> ReadNodesAsync(bool measured, CancellationToken cancellationToken) =>
        await new ClusterNodes(_kubectl, _setup.Reporter).ReadAsync(measured, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ClusterAddress>?> ReadAddressesAsync(CancellationToken cancellationToken)
    {
        NamespaceContents contents = _contents ?? await LookAsync(cancellationToken).ConfigureAwait(false);
        // Where they may not be seen, nobody knows whether anybody answers behind them.
        IReadOnlyList<JsonElement>? things = await _kubectl.ListAsync("services,endpoints", [], e => throw e, cancellationToken)
            .ConfigureAwait(false);
        return things is null ? null : AddressReader.Read(things, contents.Bearing);
    }

    /// <summary>Makes what rolls out its workloads: of the way to the cluster, and of what this reads of contents and logs.</summary>
    internal Func<Kubectl, PlatformSetup, Func<CancellationToken, Task<NamespaceContents>>, Func<ServiceInstance, LogRequest,
        Func<bool, ReadOnlyMemory<byte>, ValueTask>, CancellationToken, Task>, IServiceRollout>? Rollouts { get; init; }

    /// <inheritdoc/>
    public IServiceRollout? Rolling => Rollouts?.Invoke(_kubectl, _setup, LookAsync, ReadLogAsync);

    /// <inheritdoc/>
    public string? Unseen => "Disks of Kubernetes nodes cannot be read from here; what is shown are the stores of backups.";

    /// <inheritdoc/>
    public Task<InstanceUsage> MeasureAsync(ServiceInstance instance, CancellationToken cancellationToken) => _metrics.MeasureAsync(instance, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PlatformEvent> EventsAsync(DateTimeOffset since, DateTimeOffset? until, CancellationToken cancellationToken) =>
        new NamespaceEvents(_kubectl, LookAsync, _setup.Time, _setup.Reporter).ReadAsync(since, until, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_forwards.TryTake(out PodForward? forward)) forward.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Names and certificates alone, of a list that holds the keys, too.</summary>
    private const string NamesAndCertificates = """jsonpath={range .items[*]}{.metadata.name} {.data.tls\.crt}{"\n"}{end}""";

    /// <summary>How long controllers may take to notice what is wanted.</summary>
    private static TimeSpan Settling => TimeSpan.FromSeconds(30);

    private static string In(PlatformOptions platform) => platform.Context is { } context ? $" (context {context})" : "";

    private async Task<NamespaceContents> LookAsync(CancellationToken cancellationToken)
    {
        NamespaceContents contents =
            await NamespaceContents.ReadAsync(_kubectl, _setup.Reporter, cancellationToken).ConfigureAwait(false);
        if (contents.LacksPods())
            contents.Refusals = Refusals.Of(await _kubectl.ListAsync("events", [Refusals.Selector], null, cancellationToken)
                .ConfigureAwait(false) ?? [], _setup.Time.GetUtcNow());
        return _contents = contents;
    }

    private WorkloadScaling Scaling(ServiceRecord service) => new(_kubectl,
        _contents?.Find(service.Name) is { } workload ? workload : throw new InvalidOperationException("A service is changed after it was listed."), _contents.Fewest(_contents.Find(service.Name)!));
}
