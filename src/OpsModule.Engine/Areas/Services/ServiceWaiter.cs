using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Waits until services run, or are ready.</summary>
public sealed class ServiceWaiter(OpsContext context, IServicePlatform platform)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits for all at once.</summary>
    /// <param name="names">Names of services.</param>
    /// <param name="healthy">True waits until health checks pass, too.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="arrived">Told of each service the moment it is as wanted.</param>
    /// <param name="failed">Told of each service that was not in time.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WaitAsync(IReadOnlyCollection<string> names, bool healthy, TimeSpan timeout, Action<ServiceRecord> arrived, Action<OpsException> failed, CancellationToken cancellationToken)
    {
        var waiting = new HashSet<string>(names, StringComparer.Ordinal);
        long start = context.Time.GetTimestamp();
        while (waiting.Count > 0)
        {
            // All are listed: one that is being replaced may not be known for a moment.
            Dictionary<string, ServiceRecord> known = (await platform.ListAsync(null, cancellationToken).ConfigureAwait(false)).ToDictionary(s => s.Name);
            // A platform may hold more than the environment names, such as the units of a host.
            foreach (ServiceRecord other in await new ServiceCatalog(platform).ListAsync([.. waiting.Where(n => !known.ContainsKey(n))], _ => { }, cancellationToken).ConfigureAwait(false))
                known[other.Name] = other;
            foreach (ServiceRecord service in waiting.Select(known.GetValueOrDefault).OfType<ServiceRecord>().Where(s => IsThere(s, healthy)).ToArray())
            {
                waiting.Remove(service.Name);
                arrived(service);
            }
            if (context.Time.GetElapsedTime(start) >= timeout)
            {
                foreach (string name in waiting) failed(TooLate(name, known.GetValueOrDefault(name), healthy, timeout));
                return;
            }
            if (waiting.Count > 0) await Task.Delay(Interval, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A job that has done its work will not be more ready than that.</summary>
    private static bool IsThere(ServiceRecord service, bool healthy) =>
        (service.Instances.Count > 0 && service.Instances.All(i => i.IsDone))
        || (service.Wanted > 0 && !service.IsUpdating && (healthy ? service.Ready : service.Instances.Count(i => i.State == InstanceState.Running)) >= service.Wanted);

    private static OpsException TooLate(string name, ServiceRecord? service, bool healthy, TimeSpan timeout) => new(
        healthy ? "ServiceNotHealthy" : "ServiceNotRunning", OpsErrorCategory.OperationTimeout,
        $"{name} is not {(healthy ? "healthy" : "running")} after {timeout.TotalSeconds:0.#} s: {(service is null ? "it is gone" : ServiceText.Of(service))}.",
        $"Look at what it says (Get-OpsLog {name}, Get-OpsEvent {name}), or give it more time with -Timeout.", (object?)service ?? name);
}
