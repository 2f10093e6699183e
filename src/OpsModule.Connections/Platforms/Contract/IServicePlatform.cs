using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Where services run: Compose on a Docker engine, Kubernetes, or the host. The same questions, the same answers.</summary>
public interface IServicePlatform : IDisposable
{
    /// <summary>What it is, in words, for messages.</summary>
    string Description { get; }

    /// <summary>True when the services are known to run on the machine that this runs on.</summary>
    bool IsHere => false;

    /// <summary>The services and their instances.</summary>
    /// <param name="names">Only these; null for all of the environment.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="OpsException"><c>ServiceNotFound</c> with the nearest name, and what the platform reports.</exception>
    Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken);

    /// <summary>What a change would do, in words; null when nothing is left to do.</summary>
    /// <param name="service">Of which service.</param>
    /// <param name="change">What.</param>
    /// <param name="replicas">How many instances there are to be, when it is scaled.</param>
    /// <exception cref="OpsException">The platform cannot do that to this service.</exception>
    string? Plan(ServiceRecord service, ServiceChange change, int replicas = 0) => ServicePlan.Of(service, change, replicas);

    /// <summary>What else somebody should know who is asked whether a change is meant.</summary>
    /// <param name="service">Of which service.</param>
    /// <param name="change">What.</param>
    IReadOnlyList<string> WarningsOf(ServiceRecord service, ServiceChange change) => [];

    /// <summary>Starts what is stopped of a service. This and all that changes something takes the change that it is a step of.</summary>
    Task StartAsync(ChangeScope scope, ServiceRecord service, CancellationToken cancellationToken);

    /// <summary>Stops a service; what does not end within the grace period is killed. Null for what the instance itself is given.</summary>
    Task StopAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken);

    /// <summary>Restarts a service; on Kubernetes by replacing its pods one after another.</summary>
    Task RestartAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken);

    /// <summary>True where instances can be made anew.</summary>
    bool MakesAnew => false;

    /// <summary>How other versions of services are brought out here; null where nothing can be.</summary>
    IServiceRollout? Rolling => null;

    /// <summary>Makes the instances of a service anew, with the configuration and the image of now.</summary>
    /// <exception cref="OpsException"><c>RecreateUnsupported</c> where the platform cannot.</exception>
    Task RecreateAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) =>
        throw PlatformErrors.NotMadeAnew(service.Name, Description);

    /// <summary>Whether instances were made with the configuration that they would be made with now.</summary>
    /// <param name="names">Of these services; null for all of the environment. Those for which it makes no sense are left out.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    Task<IReadOnlyList<ServiceConfiguration>> CompareConfigurationAsync(IReadOnlyCollection<string>? names,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ServiceConfiguration>>([]);

    /// <summary>Sets how many instances are wanted.</summary>
    /// <exception cref="OpsException"><c>ScaleUnsupported</c> where the platform cannot.</exception>
    Task ScaleAsync(ChangeScope scope, ServiceRecord service, int replicas, CancellationToken cancellationToken);

    /// <summary>
    /// Reads an instance's output as bytes. Ends at the end of what there is, or, when following, with the instance. Throws
    /// <c>ContainerNotFound</c> when the instance is gone.
    /// </summary>
    /// <param name="instance">Whose output.</param>
    /// <param name="request">Which part of it.</param>
    /// <param name="sink">Takes bytes: whether they are of stderr, and the bytes, which are reused after it returns. Each line begins with
    /// the platform's timestamp (RFC 3339 with nanoseconds) and a space when the request asks for it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task ReadLogAsync(ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken);

    /// <summary>Runs a program in an instance, without a shell, and returns its exit code.</summary>
    /// <exception cref="OpsException"><c>ContainerBusy</c> when it does not run, <c>ProgramMissing</c> when it has no such program.</exception>
    Task<int> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a program to its end in an instance that is made of a service for that alone, and taken away afterwards; returns what it wrote.
    /// </summary>
    /// <exception cref="OpsException"><c>RunOnceUnsupported</c> where the platform cannot, <c>ComposeFailed</c> with what it
    /// reports.</exception>
    Task<string> RunOnceAsync(ServiceRecord service, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        throw PlatformErrors.NotRunOnce(service.Name, Description);

    /// <summary>A way from here to a port of an instance, open until it is disposed or the platform is.</summary>
    /// <exception cref="OpsException"><c>PortUnreachable</c>, and what the platform reports.</exception>
    Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken);

    /// <summary>The place in the network where an instance stands, for what must be seen from there.</summary>
    /// <exception cref="OpsException">What the platform reports.</exception>
    Task<VantageAnswer> StandAtAsync(ServiceInstance instance, CancellationToken cancellationToken) =>
        Task.FromResult(new VantageAnswer(null, $"no connection can be made from inside of {Description}"));

    /// <summary>
    /// The call of a program that runs inside an instance; no shell reads its arguments, and none holds a value of its environment.
    /// </summary>
    /// <exception cref="OpsException"><c>UserUnsupported</c> where the platform cannot.</exception>
    ProgramCall ProgramIn(ServiceInstance instance, ProgramCall call, ProgramSeat? seat = null);

    /// <summary>The instance that serves a server's port; null where servers are at the address that the environment gives them.</summary>
    /// <exception cref="OpsException"><c>ServiceNotRunning</c>, <c>ServiceNotFound</c>, and what the platform reports.</exception>
    Task<ServiceInstance?> FindServerAsync(string service, CancellationToken cancellationToken) => Task.FromResult<ServiceInstance?>(null);

    /// <summary>The image of a service, which a container can be made of here; null where none can.</summary>
    Task<string?> FindImageAsync(string service, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>The certificates of its TLS secrets, in Base64 by name; null for a platform that keeps none.</summary>
    Task<IReadOnlyDictionary<string, string>?> ReadTlsSecretsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>?>(null);

    /// <summary>The machines of a cluster; null for a platform that has none of its own.</summary>
    /// <param name="measured">True asks what they use, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<IReadOnlyList<NodeRecord>?> ReadNodesAsync(bool measured, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<NodeRecord>?>(null);

    /// <summary>The names under which instances are reached inside a cluster (Kubernetes' kind Service); null elsewhere.</summary>
    Task<IReadOnlyList<ClusterAddress>?> ReadAddressesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ClusterAddress>?>(null);

    /// <summary>
    /// What of its machines cannot be seen from here, in a sentence; null where nothing of the kind is known before it is asked.
    /// </summary>
    string? Unseen => null;

    /// <summary>What an instance uses now, measured over about a second.</summary>
    Task<InstanceUsage> MeasureAsync(ServiceInstance instance, CancellationToken cancellationToken);

    /// <summary>What happened to the instances of the environment, oldest first; goes on when <paramref name="until"/> is null.</summary>
    IAsyncEnumerable<PlatformEvent> EventsAsync(DateTimeOffset since, DateTimeOffset? until, CancellationToken cancellationToken);
}

/// <summary>
/// How a platform brings out another version of a service: <c>IInstanceRollout</c> where instances are made and taken away one by one; other
/// platforms have an interface of their own.
/// </summary>
public interface IServiceRollout
{
    /// <summary>What it is, in words: <c>the compose project shop</c>.</summary>
    string Description { get; }
}

/// <summary>Whether instances of a service were made with the configuration that they would be made with now.</summary>
/// <param name="Service">The service.</param>
/// <param name="IsCurrent">False when they were not; null when that cannot be told.</param>
/// <param name="Words">What differs, or why it cannot be told. Names of variables, never their values.</param>
public sealed record ServiceConfiguration(string Service, bool? IsCurrent, string Words)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Service}: {Words}";
}

/// <summary>Which part of an output.</summary>
/// <param name="Since">Only lines from then on.</param>
/// <param name="Until">Only lines up to then.</param>
/// <param name="Tail">Only this many lines of what there is.</param>
/// <param name="Follow">True goes on with what comes.</param>
/// <param name="Timestamps">True puts the platform's timestamp before each line.</param>
public sealed record LogRequest(DateTimeOffset? Since = null, DateTimeOffset? Until = null, int? Tail = null, bool Follow = false, bool Timestamps = false);

/// <summary>A program to run in an instance.</summary>
/// <param name="Command">The program and its arguments. Never a secret.</param>
/// <param name="User">Who runs it; null for the instance's user.</param>
/// <param name="WorkingDirectory">Where; null for the instance's folder.</param>
/// <param name="Variables">Environment variables beside the instance's own, as <c>NAME=value</c>.</param>
/// <param name="Input">Standard input; null for none.</param>
public sealed record ExecuteRequest(IReadOnlyList<string> Command, string? User = null, string? WorkingDirectory = null,
    IReadOnlyList<string>? Variables = null, Stream? Input = null);

/// <summary>What an instance uses.</summary>
/// <param name="CpuPercent">Share of one core, times 100: two busy cores are 200.</param>
/// <param name="MemoryBytes">Memory without what the kernel can take back (file cache).</param>
/// <param name="MemoryLimitBytes">Its limit, or null without one.</param>
/// <param name="NetworkReceivedBytes">Since it started; null where it cannot be told.</param>
/// <param name="NetworkSentBytes">Since it started; null where it cannot be told.</param>
/// <param name="BlockReadBytes">Since it started; null where it cannot be told.</param>
/// <param name="BlockWrittenBytes">Since it started; null where it cannot be told.</param>
/// <param name="Processes">Processes and threads; null where it cannot be told.</param>
public sealed record InstanceUsage(double CpuPercent, long MemoryBytes, long? MemoryLimitBytes, long? NetworkReceivedBytes, long? NetworkSentBytes,
    long? BlockReadBytes, long? BlockWrittenBytes, int? Processes)
{
    /// <summary>All processor time that it has used since it started; null where the platform does not tell.</summary>
    public TimeSpan? ProcessorTime { get; init; }
}

/// <summary>What kind of thing happened.</summary>
public enum PlatformEventKind
{
    /// <summary>Something else.</summary>
    Other,
    /// <summary>An instance was made.</summary>
    Created,
    /// <summary>An instance started.</summary>
    Started,
    /// <summary>An instance ended.</summary>
    Died,
    /// <summary>An instance was ended for want of memory.</summary>
    OutOfMemory,
    /// <summary>An instance was taken away.</summary>
    Removed,
    /// <summary>The health check changed its mind.</summary>
    HealthChanged,
    /// <summary>The platform warns (Kubernetes: a Warning event).</summary>
    Warning,
}

/// <summary>Something that happened to an instance.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="Kind">What.</param>
/// <param name="Service">To which service.</param>
/// <param name="Instance">To which instance.</param>
/// <param name="Message">In words.</param>
/// <param name="ExitCode">The exit code of an instance that ended.</param>
public sealed record PlatformEvent(DateTimeOffset Time, PlatformEventKind Kind, string Service, string Instance, string Message, int? ExitCode = null) : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };
}
