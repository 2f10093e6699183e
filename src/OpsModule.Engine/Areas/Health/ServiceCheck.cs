using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What the platform tells of services: whether they run, restart in circles, ran out of memory, and whether their output can fill the disk.</summary>
internal static class ServiceCheck
{
    public const string State = "service.state";
    public const string Memory = "service.memory";
    public const string Logs = "service.logs";
    private const string Restarts = "service.restarts";

    /// <summary>An instance that has run so long has come out of its circle.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    /// <summary>The check of an environment with a platform; on a host, of the services that say which unit or process they are. Null without any.</summary>
    public static HealthCheck? Of(OpsContext context, HealthRequest request)
    {
        OpsEnvironment environment = context.Environment;
        string[]? names = !environment.Platform.KnowsServices
            ? [.. environment.Services.Values.Where(s => s.SaysWhatItIs).Select(s => s.Name)] : null;
        return names is { Length: 0 } ? null : new HealthCheck(State, environment.Platform.Project ?? environment.Platform.Namespace ?? environment.Name, (report, token) => RunAsync(context, names, request, report, token))
        {
            Checks = [State, Restarts, Memory, Logs],
            Services = request.Services ?? [],
            TimeoutRemedy = environment.Platform.FirstQuestion,
        };
    }

    private static async Task RunAsync(OpsContext context, IReadOnlyList<string>? names, HealthRequest request, HealthReport report, CancellationToken cancellationToken)
    {
        using IServicePlatform platform = context.OpenPlatform();
        IReadOnlyList<ServiceRecord> found = await platform.ListAsync(names, cancellationToken).ConfigureAwait(false);
        foreach (ServiceRecord service in found.Where(s => request.IsFor(s.Name))) Report(service, report, context.Environment);
        // That there is nothing to see is not well: the project may have another name, or its file may have moved.
        string[] missing = [.. (request.Services ?? []).Where(n => !found.Any(s => HealthRequest.Means(n, s.Name)))];
        if (found.Count == 0 && missing.Length == 0) report.Said(HealthStatus.Unknown, $"There is no service at all in {platform.Description}.", "Start them, or correct the platform in the environment file.");
        report.Check = State;
        foreach (string name in missing)
        {
            report.Target = name;
            report.Said(HealthStatus.Unknown, $"There is no service {name} in {platform.Description}.", "Correct its name; Get-OpsService shows which there are.");
        }
    }

    /// <summary>Reports one service.</summary>
    internal static void Report(ServiceRecord service, HealthReport report, OpsEnvironment environment)
    {
        report.Target = service.Name;
        ReportState(service, report, environment.UseOf(service.Name));
        if (service.Instances.Count == 0) return;
        ReportRestarts(service, report);
        report.Check = Memory;
        ServiceInstance[] killed = [.. service.Instances.Where(i => i.OutOfMemory)];
        report.Said(killed.Length == 0 ? HealthStatus.Healthy : HealthStatus.Unhealthy, killed.Length == 0 ? "No instance ran out of memory." : $"{Names(killed)} {(killed.Length == 1 ? "was" : "were")} ended for want of memory.",
            "Raise the memory limit, or find out what takes the memory.");
        report.Check = Logs;
        if (service.Instances.All(i => i.LogKeeping is null)) return;
        ServiceInstance[] unbounded = [.. service.Instances.Where(i => i.LogKeeping is { IsUnbounded: true })];
        report.Said(unbounded.Length == 0 ? HealthStatus.Healthy : HealthStatus.Degraded, unbounded.Length == 0 ? "Its output is kept within limits." : $"The output of {Names(unbounded)} is kept without a limit, until the disk is full.",
            "Set logging: { driver: json-file, options: { max-size: 10m, max-file: \"3\" } } in the compose file, and make the container anew.");
    }

    private static void ReportState(ServiceRecord service, HealthReport report, string? use)
    {
        report.Check = State;
        string ready = $"{service.Ready} of {service.Wanted} {(service.Wanted == 1 ? "is" : "are")} ready";
        ServiceInstance[] ill = [.. service.Instances.Where(i => i.Health == InstanceHealth.Unhealthy)];
        ServiceInstance[] ended = [.. service.Instances.Where(i => i.State is InstanceState.Exited or InstanceState.Dead && !i.IsDone)];
        ServiceInstance? stuck = service.Instances.FirstOrDefault(i => i is { Reason: not null, State: InstanceState.Pending or InstanceState.Restarting });
        string why = stuck is not null ? $"; {stuck.Name}: {stuck.Reason}" : ill.Length > 0 ? $"; the health check of {Names(ill)} fails" : ended.Length > 0 ? $"; {Names(ended)} ended with {ended[0].ExitCode?.ToString() ?? "no exit code"}" : "";
        switch (service.State)
        {
            case ServiceState.Running when service.Instances.Count < service.Declared:
                report.Said(HealthStatus.Degraded, $"{ready}, and the compose file wants {service.Declared}.", $"Bring them back (Set-OpsService {service.Name} -Replicas {service.Declared}), or say in the compose file how many there are to be.");
                break;
            case ServiceState.Running: report.Said(HealthStatus.Healthy, ready + "."); break;
            case ServiceState.Stopped when use is not null:
                report.Said(HealthStatus.Unhealthy, $"None of it runs, and {use} of the environment file counts on it.", $"Start it (Start-OpsService {service.Name}), or take it out of the environment file.");
                break;
            case ServiceState.Stopped when service.IsHeldBack:
                report.Said(HealthStatus.Degraded, "Somebody stopped it.", $"When that is over, start it: Start-OpsService {service.Name}.");
                break;
            case ServiceState.Stopped:
                report.Said(HealthStatus.Healthy, service.Instances.Any(i => i.IsDone) ? "It has done its work." : service.IsOptional ? "Its profile is not active; none of it is wanted." : "None of it is wanted.");
                break;
            case ServiceState.Starting: report.Said(HealthStatus.Degraded, ready + (stuck is null ? "; others are starting." : why + "."), $"Wait for it; when it takes long, see what it says: Get-OpsLog {service.Name} -Tail 50."); break;
            case ServiceState.Unknown: report.Said(HealthStatus.Unknown, "The platform does not say how it is.", "Ask the platform itself."); break;
            default: report.Said(service.Ready > 0 ? HealthStatus.Degraded : HealthStatus.Unhealthy, ready + why + ".", $"See what it says (Get-OpsLog {service.Name} -Tail 50), then start it: Start-OpsService {service.Name}."); break;
        }
    }

    private static void ReportRestarts(ServiceRecord service, HealthReport report)
    {
        report.Check = Restarts;
        ServiceInstance most = service.Instances.MaxBy(i => i.Restarts)!;
        ServiceInstance[] circling = [.. service.Instances.Where(i => i.State == InstanceState.Restarting)];
        if (circling.Length > 0)
            report.Said(HealthStatus.Unhealthy, $"{Names(circling)} {(circling.Length == 1 ? "ends" : "end")} and {(circling.Length == 1 ? "is" : "are")} started again in a circle, last with exit code {circling[0].ExitCode}.", $"See why it ends: Get-OpsLog {service.Name} -Tail 50.");
        else if (most.Restarts > 0 && most is { State: InstanceState.Running, StartedAt: { } since } && report.Now - since > Settled)
            report.Said(HealthStatus.Healthy, $"{most.Name} was started again {Times(most.Restarts)}, and has run for {DurationText.Show(report.Now - since)} since.");
        else report.Measured(Restarts, most.Restarts, most.Restarts == 0 ? "None was started again." : $"{most.Name} was started again {Times(most.Restarts)}.", $"See why it ends: Get-OpsLog {service.Name} -Tail 50.");
    }

    private static string Names(IEnumerable<ServiceInstance> instances) => string.Join(", ", instances.Select(i => i.Name));

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";
}
