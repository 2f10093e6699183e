using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>The services of this machine: systemd units, instances of templates, and processes that are only looked at.</summary>
/// <remarks>Without names, they are those of the environment file; a name that it does not hold may be any unit of the machine.</remarks>
public sealed class HostPlatform(PlatformSetup setup) : IServicePlatform
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly HostService[] _configured = [.. setup.Services.Select(HostService.Of)];

    // Units that were asked for by name; their events are wanted, too.
    private readonly Dictionary<string, HostService> _others = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Description => $"the host {Environment.MachineName}";

    /// <inheritdoc/>
    public bool IsHere => true;

    /// <inheritdoc/>
    public Task<VantageAnswer> StandAtAsync(ServiceInstance instance, CancellationToken cancellationToken) =>
        Task.FromResult(new VantageAnswer(null, null)); // it stands here

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        var meant = new Dictionary<string, HostService>(StringComparer.Ordinal);
        foreach (HostService service in names is null ? _configured : []) meant[service.Name] = service;
        foreach (string name in names ?? [])
        {
            HostService[] own = [.. NamePattern.Choose(name, _configured.Select(s => s.Name), "service").Select(n => _configured.First(s => s.Name == n))];
            // The machine's other units only where the environment has nothing of the name: w* is not to stop what nobody thought of.
            foreach (HostService service in own.Length > 0 || name == "*" ? own : await FindOthersAsync(name, cancellationToken).ConfigureAwait(false)) meant.TryAdd(service.Name, service);
        }
        IReadOnlyList<UnitProperties> units = await Systemd.ShowAsync([.. meant.Values.Select(s => s.Unit).OfType<string>().Distinct()], cancellationToken).ConfigureAwait(false);
        HashSet<string> up = await TriggersAsync(units, cancellationToken).ConfigureAwait(false);
        string[]? loaded = units.Any(u => u.IsMissing) ? await LoadedAsync(cancellationToken).ConfigureAwait(false) : null;
        return [.. meant.Values.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => s.Unit is null ? Record(s, HostProcesses.Find(s)) : Record(s,
            [.. units.Where(u => u.Names.Append(u.Id).Any(s.Holds)).DistinctBy(u => u.Id).OrderBy(u => u.Id.Length).ThenBy(u => u.Id, StringComparer.Ordinal)
                .Select(u => UnitReader.Read(u, s.Name, u.IsMissing ? NearestName.Of(u.Id, loaded!) : null, Triggers(u).Any(up.Contains)))
                .Select(i => i with { IsDone = i.IsDone && !setup.IsNeeded(s.Name) })]))];
    }

    /// <summary>The sockets and timers that are up, of those that start units which do not run.</summary>
    private static async Task<HashSet<string>> TriggersAsync(IEnumerable<UnitProperties> units, CancellationToken ct) =>
        [.. (await Systemd.ShowAsync([.. units.Where(u => u["ActiveState"] == "inactive").SelectMany(Triggers).Distinct()], ct).ConfigureAwait(false)).Where(t => t["ActiveState"] == "active").Select(t => t.Id)];

    private static string[] Triggers(UnitProperties unit) => unit["TriggeredBy"].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public string? Plan(ServiceRecord service, ServiceChange change, int replicas = 0)
    {
        HostService host = Of(service);
        if (host.Unit is null) throw NoUnit(service);
        if (service.Instances.FirstOrDefault(i => i.Reason == "masked") is { } masked && change != ServiceChange.Stop) throw Systemd.Masked(masked.Name);
        if (change == ServiceChange.Scale) return HostScaling.Plan(host, service, replicas);
        return service.Instances.Count == 0 && change != ServiceChange.Stop ? $"Start {HostScaling.First(host)}" : ServicePlan.Of(service, change, replicas);
    }

    /// <inheritdoc/>
    public Task StartAsync(ChangeScope scope, ServiceRecord service, CancellationToken cancellationToken) => EachAsync("start", service,
        service.Instances.Count == 0 ? [HostScaling.First(Of(service))] : [.. service.Instances.Where(i => i.State is InstanceState.Exited or InstanceState.Dead).Select(i => i.Id)], cancellationToken);

    /// <inheritdoc/>
    /// <remarks>How long it may take to end by itself is the unit's own business (TimeoutStopSec); systemd kills what takes longer.</remarks>
    public Task StopAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) =>
        EachAsync("stop", service, [.. service.Instances.Where(i => i.State is not InstanceState.Exited).Select(i => i.Id)], cancellationToken);

    /// <inheritdoc/>
    /// <remarks>As with <see cref="StopAsync"/>, the unit says how long that may take.</remarks>
    public async Task RestartAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken)
    {
        if (service.Instances.Count == 0) await StartAsync(scope, service, cancellationToken).ConfigureAwait(false);
        // One after another, so that the others go on serving.
        foreach (ServiceInstance instance in service.Instances) await EachAsync("restart", service, [instance.Id], cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ScaleAsync(ChangeScope scope, ServiceRecord service, int replicas, CancellationToken cancellationToken)
    {
        (IReadOnlyList<string> start, IReadOnlyList<string> stop) = HostScaling.Steps(Of(service), service, replicas);
        await EachAsync("start", service, start, cancellationToken).ConfigureAwait(false);
        await EachAsync("stop", service, stop, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task ReadLogAsync(ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        IsProcess(instance)
            ? throw new OpsException("LogUnsupported", OpsErrorCategory.InvalidOperation, $"{instance.Name} is a process without a unit; nobody keeps its output.",
                "Read the file that it writes: Get-OpsLog -Path FILE.", instance)
            : new UnitLog(request, sink).ReadAsync(instance.Id, cancellationToken);

    /// <inheritdoc/>
    public Task<int> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        HostExec.RunAsync(request, sink, cancellationToken);

    /// <inheritdoc/>
    public Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken) =>
        Task.FromResult(new PortRoute("127.0.0.1", port));

    /// <inheritdoc/>
    /// <remarks>It runs on the machine itself.</remarks>
    public ProgramCall ProgramIn(ServiceInstance instance, ProgramCall call, ProgramSeat? seat = null) => seat?.User is { } user
        && user != Environment.UserName
        ? call with { FileName = "runuser", Arguments = ["-u", user, "--", call.FileName, .. call.Arguments] } : call;

    /// <inheritdoc/>
    public Task<InstanceUsage> MeasureAsync(ServiceInstance instance, CancellationToken cancellationToken) => IsProcess(instance)
        ? HostProcesses.MeasureAsync(instance, setup.Time, Interval, cancellationToken)
        : UnitUsage.MeasureAsync(instance.Id, setup.Time, Interval, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<PlatformEvent> EventsAsync(DateTimeOffset since, DateTimeOffset? until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HostService[] services = [.. _configured, .. _others.Values];
        var events = Channel.CreateBounded<PlatformEvent>(256);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = Task.Run(async () =>
        {
            try
            {
                await UnitEvents.ReadAsync(services, since, until, e => events.Writer.WriteAsync(e, stop.Token), stop.Token).ConfigureAwait(false);
                events.Writer.Complete();
            }
            catch (Exception e) { events.Writer.TryComplete(e); }
        }, CancellationToken.None);
        try
        {
            await foreach (PlatformEvent happened in events.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return happened;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>Any unit of the machine: those that a pattern means, or the one of that name.</summary>
    private async Task<IReadOnlyList<HostService>> FindOthersAsync(string name, CancellationToken ct)
    {
        bool isPattern = NamePattern.HasWildcard(name);
        // Systemd's own patterns tell capitals from small letters.
        IReadOnlyList<UnitProperties> found = await Systemd.ShowAsync([isPattern ? "*" + Suffix(name) : HostService.FullName(name)], ct).ConfigureAwait(false);
        if (isPattern) found = [.. found.Where(u => NamePattern.IsMatch(name, u.Id) || NamePattern.IsMatch(name, HostService.ShortName(u.Id)))];
        else if (found.Count == 0 || found[0].IsMissing)
        {
            string[] loaded = await LoadedAsync(ct).ConfigureAwait(false);
            if (NamePattern.Choose(HostService.FullName(name), loaded, "unit") is not [var other]) throw Unknown(name, loaded);
            found = await Systemd.ShowAsync([other], ct).ConfigureAwait(false);
        }
        HostService[] others = [.. found.Where(u => !u.IsMissing && !_configured.Any(s => s.Holds(u.Id))).Select(u => HostService.Of(u.Id))];
        foreach (HostService other in others) _others[other.Name] = other;
        return others;
    }

    private static string Suffix(string pattern) => pattern.LastIndexOf('.') is > 0 and var dot && !NamePattern.HasWildcard(pattern[dot..]) ? pattern[dot..].ToLowerInvariant() : ".service";

    private OpsException Unknown(string name, IEnumerable<string> loaded)
    {
        string? near = NearestName.Of(name, [.. _configured.Select(s => s.Name), .. loaded.Select(HostService.ShortName)]);
        return new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound, $"Neither the environment {setup.Environment} nor systemd has a service {name}.",
            near is null ? "Name it under services: in the environment file, with its unit or process." : $"Did you mean {near}?", name);
    }

    private static async Task<string[]> LoadedAsync(CancellationToken ct) =>
        [.. (await Systemd.ShowAsync(["*.service"], ct).ConfigureAwait(false)).Where(u => !u.IsMissing).Select(u => u.Id)];

    private static async Task EachAsync(string verb, ServiceRecord service, IReadOnlyList<string> units, CancellationToken ct)
    {
        foreach (ServiceInstance lost in service.Instances.Where(i => units.Contains(i.Id) && i.Reason?.StartsWith("there is no such unit", StringComparison.Ordinal) is true))
            throw Systemd.NotFound(lost.Name, lost.Reason!.Split("did you mean ") is [_, var near] ? near.TrimEnd('?') : null);
        await Task.WhenAll(units.Select(u => Systemd.ControlAsync(verb, u, ct))).ConfigureAwait(false);
    }

    private ServiceRecord Record(HostService service, IReadOnlyList<ServiceInstance> instances) => new()
    {
        Name = service.Name,
        Environment = setup.Environment,
        Kind = service.Unit is null ? "process" : "systemd",
        // Of a template, there are as many as somebody started; everything else is one, and wanted.
        Wanted = instances.Count == 0 && !service.IsPattern ? 1 : instances.Count(i => !i.IsDone),
        Instances = instances,
    };

    private HostService Of(ServiceRecord service) => _configured.FirstOrDefault(s => s.Name == service.Name) ?? _others.GetValueOrDefault(service.Name)
        ?? HostService.Of(service.Instances.Count > 0 ? service.Instances[0].Id : HostService.FullName(service.Name));

    private bool IsProcess(ServiceInstance instance) => _configured.Any(s => s.Name == instance.Service && s.Unit is null);

    private static OpsException NoUnit(ServiceRecord service) => new("ServiceNotAUnit", OpsErrorCategory.InvalidOperation, $"{service.Name} is a process, not a systemd unit; it is only looked at.",
        $"Start and stop it with what looks after it, or make a unit of it and say so: services.{service.Name}.unit.", service);
}
