using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Waits until services run, are ready, or are rolled out.</summary>
public sealed class ServiceWaiter(OpsContext context, IServicePlatform platform)
{
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <summary>Of services that were just scaled, how many there are to be, whatever their file says.</summary>
    public IReadOnlyDictionary<string, int> Wanted { get; init; } = new Dictionary<string, int>();

    /// <summary>True follows rollouts to their end, whoever began them: every instance is of the newest specification, and ready.</summary>
    public bool Rollout { get; init; }

    /// <summary>Whether somebody named a service, and does not just wait for all there are.</summary>
    public Func<string, bool> IsNamed { get; init; } = _ => true;

    /// <summary>Waits for all at once.</summary>
    /// <param name="names">Names of services.</param>
    /// <param name="healthy">True waits until health checks pass, too.</param>
    /// <param name="timeout">How long at most; answers take no longer, either, and while the platform is away it is asked again.</param>
    /// <param name="arrived">Told of each service the moment it is as wanted.</param>
    /// <param name="failed">Told of each service that was not in time, or that cannot come any more.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WaitAsync(IReadOnlyCollection<string> names, bool healthy, TimeSpan timeout, Action<ServiceRecord> arrived,
        Action<OpsException> failed, CancellationToken cancellationToken)
    {
        healthy |= Rollout;
        var waiting = new HashSet<string>(names, StringComparer.Ordinal);
        var question = new PatientQuestion(context, timeout);
        Dictionary<string, ServiceRecord> known = [];
        if (waiting.Count == 0 || await question.RepeatAsync(c => LookAsync(waiting, c), Look,
            cancellationToken).ConfigureAwait(false)) return;
        foreach (string name in waiting) failed(TooLate(name, known.GetValueOrDefault(name), healthy, timeout, question.Silence));

        bool Look(Dictionary<string, ServiceRecord>? seen)
        {
            known = seen ?? known;
            ServiceRecord[] found = [.. waiting.Select(known.GetValueOrDefault).OfType<ServiceRecord>()];
            foreach (ServiceRecord service in seen is null ? [] : found)
            {
                Follow(service);
                OpsException? hopeless = null;
                if (!IsThere(service, healthy) && (hopeless = RolloutEnd.Of(service) ?? Failed(service, healthy)) is null) continue;
                hopeless ??= OfHeld(service, healthy);
                waiting.Remove(service.Name);
                if (hopeless is null) arrived(service);
                else failed(hopeless);
            }
            return waiting.Count == 0;
        }
    }

    private async Task<Dictionary<string, ServiceRecord>> LookAsync(HashSet<string> waiting, CancellationToken cancellationToken)
    {
        // All are listed: one that is being replaced may not be known for a moment.
        Dictionary<string, ServiceRecord> known =
            (await platform.ListAsync(null, cancellationToken).ConfigureAwait(false)).ToDictionary(s => s.Name);
        // A platform may hold more than the environment names, such as the units of a host.
        string[] others = [.. waiting.Where(n => !known.ContainsKey(n))];
        foreach (ServiceRecord other in await new ServiceCatalog(platform).ListAsync(others, _ => { }, cancellationToken).ConfigureAwait(false))
            known[other.Name] = other;
        foreach (string name in Wanted.Keys.Where(known.ContainsKey)) known[name] = known[name] with { Wanted = Wanted[name] };
        return known;
    }

    /// <summary>A job that has done its work will not be more ready than that; one that has more runs to come is not there yet.</summary>
    private bool IsThere(ServiceRecord service, bool healthy) =>
        service.IsDone || (service.Instances.Count > 0 && service.Instances.All(i => i.IsDone)
            && !(service.Kind is "Job" or "CronJob" && service.Wanted > 0))
        || (Rollout && service is { State: ServiceState.Stopped, IsUpdating: false })
        || (service.Wanted > 0 && !service.IsUpdating
            && (healthy ? service.Ready : service.Instances.Count(i => i.State == InstanceState.Running)) >= service.Wanted);

    /// <summary>Of a service that is well, but not of the newest specification.</summary>
    private OpsException? OfHeld(ServiceRecord service, bool healthy)
    {
        if (service.Held == RolloutHold.None || !healthy) return null;
        if (service.Held != RolloutHold.Partition && (Rollout || IsNamed(service.Name))) return RolloutEnd.Held(service);
        context.Reporter.Warning($"{service.Name}: {ServiceText.Of(service)}.");
        return null;
    }

    /// <summary>Says how a rollout goes, each time it has come further.</summary>
    private void Follow(ServiceRecord service)
    {
        if (!Rollout) return;
        string text = ServiceText.Of(service);
        if (_told.GetValueOrDefault(service.Name) == text) return;
        _told[service.Name] = text;
        context.Reporter.Verbose($"{service.Name}: {text}");
    }

    /// <summary>What ended badly by itself and is not started again will not come.</summary>
    private static OpsException? Failed(ServiceRecord service, bool healthy) => service.Instances.Any(i => i.HasFailed)
        && service.Instances.All(i => i.HasFailed || i.IsDone)
        ? new OpsException(healthy ? "ServiceNotHealthy" : "ServiceNotRunning", OpsErrorCategory.InvalidOperation,
            $"{service.Name} has failed, and nothing starts it again: {ServiceText.Of(service)}.",
            $"See why (Get-OpsLog {service.Name} -Tail 50), then start it: Start-OpsService {service.Name}.", service) : null;

    private static OpsException TooLate(string name, ServiceRecord? service, bool healthy, TimeSpan timeout, OpsException? silence) => new(
        healthy ? "ServiceNotHealthy" : "ServiceNotRunning", OpsErrorCategory.OperationTimeout,
        $"{name} is not {(healthy ? "healthy" : "running")} after {timeout.TotalSeconds:0.#} s: "
            + (service is null ? silence?.Message ?? "it is gone."
                : silence is null ? ServiceText.Of(service) + "." : $"{ServiceText.Of(service)}, when it was seen last. {silence.Message}"),
        silence?.RecommendedAction ?? $"Look at what it says (Get-OpsLog {name}, Get-OpsEvent {name}), or give it more time with -Timeout.",
        (object?)service ?? name);
}
