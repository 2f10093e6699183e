using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Waits until what a service needs is as far as it must be.</summary>
internal sealed class DependencyWait(OpsContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    /// <summary>Waits for what a planned start, or restart, of a service has to wait for.</summary>
    /// <exception cref="OpsException">As the other.</exception>
    public static Task RunAsync(ChangeRun run, ServiceRecord service, CancellationToken cancellationToken)
    {
        string[] needed = run.Plan.Arguments[ServicePlanner.Needs].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        TimeSpan patience = ServicePlanner.Duration(run.Plan, ServicePlanner.Patience) ?? TimeSpan.Zero;
        return new DependencyWait(run.Context).RunAsync(service, service.DependsOn.Where(d =>
            needed.Contains(d.Service)), patience, cancellationToken);
    }

    /// <summary>Waits for some of what a service needs.</summary>
    /// <exception cref="OpsException"><c>ServiceDependencyDown</c> when it does not come, <c>ServiceDependencyLate</c> when it takes too long.</exception>
    private async Task RunAsync(ServiceRecord service, IEnumerable<ServiceDependency> needed, TimeSpan patience,
        CancellationToken cancellationToken)
    {
        List<ServiceDependency> waiting = [.. needed];
        long start = context.Time.GetTimestamp();
        while (waiting.Count > 0)
        {
            Dictionary<string, ServiceRecord> known = (await context.Platform().ListAsync(null, cancellationToken).ConfigureAwait(false))
                .ToDictionary(s => s.Name);
            waiting.RemoveAll(d => IsMet(service, d, known.GetValueOrDefault(d.Service)));
            if (waiting.Count == 0) return;
            if (context.Time.GetElapsedTime(start) >= patience)
                throw new OpsException("ServiceDependencyLate", OpsErrorCategory.OperationTimeout,
                    $"{service.Name} was left as it is: {waiting[0].Service}, which it needs, is not {Wanted(waiting[0])} after {DurationText.Show(patience)}: {Text(known.GetValueOrDefault(waiting[0].Service))}.",
                    $"See what it waits for (Get-OpsLog {waiting[0].Service}), or give it more time with -Timeout.", service);
            await Task.Delay(Interval, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsMet(ServiceRecord service, ServiceDependency needed, ServiceRecord? now)
    {
        bool? met = now is null || now.Instances.Count == 0 ? false : needed.Condition switch
        {
            DependencyCondition.Completed => Completed(now),
            DependencyCondition.Healthy => Healthy(now),
            _ => now.Instances.Any(i => i.IsDone || i.State is InstanceState.Running or InstanceState.Restarting),
        };
        if (met is not false) return met ?? false;
        if (!needed.Required || needed.Condition == DependencyCondition.Started)
        {
            context.Reporter.Warning($"{needed.Service}, which {service.Name} needs, does not run: {Text(now)}.");
            return true;
        }
        throw new OpsException("ServiceDependencyDown", OpsErrorCategory.ResourceUnavailable,
            $"{service.Name} was left as it is: {needed.Service}, which it needs, is not {Wanted(needed)}: {Text(now)}.",
            $"See why (Get-OpsLog {needed.Service} -Tail 50), or start both, in their order: Start-OpsService {needed.Service}, {service.Name}.", service);
    }

    /// <summary>True when it is healthy, null while that may still come.</summary>
    private static bool? Healthy(ServiceRecord now) => now.Instances.All(i => i.IsReady || i.IsDone) && now.Ready > 0 ? true
        : now.Instances.Any(i => i.Health == InstanceHealth.Unhealthy || i.State is InstanceState.Exited or InstanceState.Dead or InstanceState.Paused) ? false : null;

    /// <summary>True when it has ended well, null while it runs.</summary>
    private static bool? Completed(ServiceRecord now) => now.Instances.All(i => i is { State: InstanceState.Exited, ExitCode: 0 }) ? true
        : now.Instances.Any(i => i.State is InstanceState.Dead || i is { State: InstanceState.Exited, ExitCode: not 0 }) ? false : null;

    private static string Wanted(ServiceDependency needed) => needed.Condition switch
    {
        DependencyCondition.Completed => "done",
        DependencyCondition.Healthy => "healthy",
        _ => "running",
    };

    private static string Text(ServiceRecord? service) => service is null ? "there is no such service" : service.Instances.Count == 0 ? "it has no container" : ServiceText.Of(service);
}
