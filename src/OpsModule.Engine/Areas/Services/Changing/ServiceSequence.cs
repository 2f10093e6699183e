using System.Collections.Concurrent;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>
/// Starts, restarts or stops several services in the order of what they need: started is what others need first, stopped is it last.
/// Services that do not need one another are handled together.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="change">Start, stop or restart.</param>
public sealed class ServiceSequence(OpsContext context, ServiceChange change)
{
    private readonly ServicePlanner _planner = new(context);
    private readonly ChangeRunner _runner = new(context);
    private readonly ConcurrentDictionary<string, bool> _lost = new(StringComparer.Ordinal);

    /// <summary>Asked before a service is changed. Nothing is done when it says false.</summary>
    public Func<ChangePlan, Task<bool>> Ask { get; init; } = _ => Task.FromResult(true);

    /// <summary>Told of each service when it is as asked, or when nothing was left to do; from any thread.</summary>
    public Action<ServiceRecord> Done { get; init; } = _ => { };

    /// <summary>Told of each service that could not be changed; from any thread.</summary>
    public Action<OpsException> Failed { get; init; } = _ => { };

    /// <summary>How they are changed.</summary>
    public ServiceChangeOptions Options { get; init; } = new();

    /// <summary>Changes all of them.</summary>
    /// <param name="services">The services.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(IReadOnlyList<ServiceRecord> services, CancellationToken cancellationToken)
    {
        ServiceChangeOptions options = Options with { Together = [.. services.Select(s => s.Name)],
            Outdated = await OutdatedAsync(services, cancellationToken).ConfigureAwait(false) };
        IEnumerable<IReadOnlyList<ServiceRecord>> groups = ServiceOrder.Of(services);
        foreach (IReadOnlyList<ServiceRecord> group in change == ServiceChange.Stop ? groups.Reverse() : groups)
        {
            var meant = new List<(ServiceRecord Service, ChangePlan Plan)>();
            foreach (ServiceRecord service in group)
                await TryAsync(service, async () =>
                {
                    if (await PlanAsync(service, options).ConfigureAwait(false) is { } plan) meant.Add((service, plan));
                }).ConfigureAwait(false);
            await Task.WhenAll(meant.Select(m => TryAsync(m.Service, () =>
                ChangeAsync(m.Service, m.Plan, cancellationToken)))).ConfigureAwait(false);
        }
    }

    /// <summary>Of what is to be restarted, what would be made otherwise now; that this cannot be told keeps nothing from being
    /// restarted.</summary>
    private async Task<IReadOnlyDictionary<string, string>> OutdatedAsync(IReadOnlyList<ServiceRecord> services,
        CancellationToken cancellationToken)
    {
        if (change != ServiceChange.Restart) return new Dictionary<string, string>();
        try
        {
            IReadOnlyList<ServiceConfiguration> compared = await context.Platform().CompareConfigurationAsync(
                [.. services.Select(s => s.Name)], cancellationToken)
                .ConfigureAwait(false);
            foreach (ServiceConfiguration one in compared.Where(c => c.IsCurrent is null)) context.Reporter.Verbose(
                $"Whether {one.Service} has the settings of now cannot be told: {one.Words}.");
            return compared.Where(c => c.IsCurrent is false).ToDictionary(c => c.Service, c => c.Words, StringComparer.Ordinal);
        }
        catch (OpsException e)
        {
            context.Reporter.Verbose($"Whether services have the settings of now cannot be told: {e.Message}");
            return new Dictionary<string, string>();
        }
    }

    /// <summary>What is to be done and was agreed to; else null.</summary>
    private async Task<ChangePlan?> PlanAsync(ServiceRecord service, ServiceChangeOptions options)
    {
        if (_planner.Plan(change, service, options) is { } plan) return await Ask(plan).ConfigureAwait(false) ? plan : null;
        context.Reporter.Verbose(change == ServiceChange.Stop ? $"Nothing of {service.Name} runs."
            : $"All of {service.Name} runs already.");
        Done(service);
        return null;
    }

    private async Task ChangeAsync(ServiceRecord service, ChangePlan plan, CancellationToken cancellationToken)
    {
        if (change != ServiceChange.Stop && service.DependsOn.FirstOrDefault(d =>
            d.Required && _lost.ContainsKey(d.Service)) is { } missing)
            throw new OpsException("ServiceDependencyDown", OpsErrorCategory.ResourceUnavailable,
                $"{service.Name} was left as it is: {missing}, which it needs, could not be brought up.",
                $"Mend {missing} first, then run the command again.", service);
        if ((await _runner.RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is ServiceRecord after) Done(after);
    }

    private async Task TryAsync(ServiceRecord service, Func<Task> body)
    {
        try { await body().ConfigureAwait(false); }
        catch (OpsException e)
        {
            _lost[service.Name] = true;
            Failed(e);
        }
    }
}
