using System.Collections.Concurrent;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>
/// Starts, restarts or stops several services in the order of what they need: started is what others need first, stopped is it last.
/// Services that do not need one another are handled together.
/// </summary>
public sealed class ServiceSequence(OpsContext context, IServicePlatform platform)
{
    private readonly ServiceControl _control = new(context, platform);
    private readonly DependencyWait _wait = new(context, platform);

    /// <summary>Asked before a service is changed: the service, and what would be done in words. Nothing is done when it says false.</summary>
    public Func<ServiceRecord, string, Task<bool>> Ask { get; init; } = (_, _) => Task.FromResult(true);

    /// <summary>Told of each service when it is as asked, or when nothing was left to do; from any thread.</summary>
    public Action<ServiceRecord> Done { get; init; } = _ => { };

    /// <summary>Told of each service that could not be changed; from any thread.</summary>
    public Action<OpsException> Failed { get; init; } = _ => { };

    /// <summary>How long a container may take to end by itself; null for what it is given by its maker.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>How long a service waits for what it needs.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Changes all of them.</summary>
    /// <param name="change">Start, stop or restart.</param>
    /// <param name="services">The services.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(ServiceChange change, IReadOnlyList<ServiceRecord> services, CancellationToken cancellationToken)
    {
        HashSet<string> all = [.. services.Select(s => s.Name)];
        var lost = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        IEnumerable<IReadOnlyList<ServiceRecord>> groups = ServiceOrder.Of(services);
        foreach (IReadOnlyList<ServiceRecord> group in change == ServiceChange.Stop ? groups.Reverse() : groups)
        {
            var meant = new List<ServiceRecord>();
            foreach (ServiceRecord service in group)
                if (await IsMeantAsync(change, service, lost).ConfigureAwait(false)) meant.Add(service);
            await Task.WhenAll(meant.Select(s => TryAsync(s, lost, async () => Done(await ChangeAsync(change, s, all, lost, cancellationToken).ConfigureAwait(false))))).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsMeantAsync(ServiceChange change, ServiceRecord service, ConcurrentDictionary<string, bool> lost)
    {
        bool meant = false;
        await TryAsync(service, lost, async () =>
        {
            if (platform.Plan(service, change) is { } plan)
            {
                meant = await Ask(service, plan).ConfigureAwait(false);
                return;
            }
            context.Reporter.Verbose(change == ServiceChange.Stop ? $"Nothing of {service.Name} runs." : $"All of {service.Name} runs already.");
            Done(service);
        }).ConfigureAwait(false);
        return meant;
    }

    private async Task<ServiceRecord> ChangeAsync(ServiceChange change, ServiceRecord service, HashSet<string> all, ConcurrentDictionary<string, bool> lost, CancellationToken cancellationToken)
    {
        if (change == ServiceChange.Stop) return await _control.StopAsync(service, Grace, cancellationToken).ConfigureAwait(false);
        if (service.DependsOn.FirstOrDefault(d => d.Required && lost.ContainsKey(d.Service)) is { } missing)
            throw new OpsException("ServiceDependencyDown", OpsErrorCategory.ResourceUnavailable, $"{service.Name} was left as it is: {missing}, which it needs, could not be brought up.",
                $"Mend {missing} first, then run the command again.", service);
        // What runs already has what it needed; a restart waits only for what is restarted with it.
        await _wait.RunAsync(service, service.DependsOn.Where(d => change == ServiceChange.Start || all.Contains(d.Service)), Patience, cancellationToken).ConfigureAwait(false);
        return change == ServiceChange.Start
            ? await _control.StartAsync(service, cancellationToken).ConfigureAwait(false)
            : await _control.RestartAsync(service, Grace, cancellationToken).ConfigureAwait(false);
    }

    private async Task TryAsync(ServiceRecord service, ConcurrentDictionary<string, bool> lost, Func<Task> body)
    {
        try { await body().ConfigureAwait(false); }
        catch (OpsException e)
        {
            lost[service.Name] = true;
            Failed(e);
        }
    }
}
