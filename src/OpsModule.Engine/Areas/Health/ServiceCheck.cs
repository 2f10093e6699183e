using System.Collections.Concurrent;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health.Causes;
using OpsModule.Engine.Areas.Health.Memories;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What the platform tells of services: whether they run, restart in circles, ran out of memory, and whether their output can fill the disk.</summary>
internal static class ServiceCheck
{
    public const string State = "service.state";
    public const string Memory = "service.memory";
    public const string Logs = "service.logs";
    private const string Restarts = "service.restarts", UsedCpu = "service.cpu", UsedMemory = "service.memory.used";

    private const int MostNames = 12, MeasuredTogether = 64;

    /// <summary>An instance that has run so long has come out of its circle.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    /// <summary>The check of an environment with a platform; on a host, of the services that say which unit or process they are. Null without any.</summary>
    public static HealthCheck? Of(OpsContext context, HealthRequest request, NeedMap needs)
    {
        OpsEnvironment environment = context.Environment;
        string[]? names = !environment.Platform.KnowsServices
            ? [.. environment.Services.Values.Where(s => s.SaysWhatItIs).Select(s => s.Name)] : null;
        return names is { Length: 0 } ? null : new HealthCheck(State,
            environment.Platform.Project ?? environment.Platform.Namespace ?? environment.Name,
            (report, token) => RunAsync(context, names, request, needs, report, token))
        {
            IsNeededByOthers = true,
            Checks = [State, Restarts, Memory, Logs, UsedCpu, UsedMemory],
            Services = request.Services ?? [],
            TimeoutRemedy = environment.Platform.FirstQuestion,
        };
    }

    private static async Task RunAsync(OpsContext context, IReadOnlyList<string>? names, HealthRequest request, NeedMap needs,
        HealthReport report, CancellationToken cancellationToken)
    {
        string whole = report.Target;
        using IServicePlatform platform = context.OpenPlatform();
        IReadOnlyList<ServiceRecord> found = await platform.ListAsync(names, cancellationToken).ConfigureAwait(false);
        foreach (ServiceRecord service in found) needs.Learn(service.Name, service.DependsOn.Select(d => d.Service), IsDown(service),
            HasOwnFault(service));
        ServiceRecord[] asked = [.. found.Where(s => request.IsFor(s.Name))];
        foreach (ServiceRecord service in asked) Report(service, report, context.Environment);
        report.Target = whole;
        ReportLogs(asked, report);
        if (Asked(UsedCpu) || Asked(UsedMemory)) await ReportUsageAsync(context, platform, asked, report, Asked,
            cancellationToken).ConfigureAwait(false);
        // That there is nothing to see is not well: the project may have another name, or its file may have moved.
        string[] missing = [.. (request.Services ?? []).Where(n => !found.Any(s => HealthRequest.Means(n, s.Name)))];
        if (found.Count == 0 && missing.Length == 0) report.Said(HealthStatus.Unknown, $"There is no service at all in {platform.Description}.", "Start them, or correct the platform in the environment file.");
        report.Check = State;
        foreach (string name in missing)
        {
            report.Target = name;
            report.Said(HealthStatus.Unknown, $"There is no service {name} in {platform.Description}.", "Correct its name; Get-OpsService shows which there are.");
        }

        // It costs a question for each instance.
        bool Asked(string figure) => report.Wants(figure)
            && (context.Environment.Thresholds.ContainsKey(figure) || request.Checks?.Contains(figure,
                StringComparer.OrdinalIgnoreCase) is true);
    }

    /// <summary>What instances use, the one of each service that uses most.</summary>
    private static async Task ReportUsageAsync(OpsContext context, IServicePlatform platform, IReadOnlyList<ServiceRecord> services,
        HealthReport report, Func<string, bool> asked, CancellationToken cancellationToken)
    {
        var used = new ConcurrentDictionary<ServiceInstance, InstanceUsage>();
        await Parallel.ForEachAsync(services.SelectMany(s => s.Instances).Where(i => i.State == InstanceState.Running),
            new ParallelOptions { MaxDegreeOfParallelism = MeasuredTogether, CancellationToken = cancellationToken },
            async (instance, ct) =>
            {
                try { used[instance] = await platform.MeasureAsync(instance, ct).ConfigureAwait(false); }
                catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { /* gone since it was listed */ }
            }).ConfigureAwait(false);
        Dictionary<string, double> counted = used.Where(u => u.Value.ProcessorTime is not null).ToDictionary(u => u.Key.Id, u =>
            u.Value.ProcessorTime!.Value.TotalSeconds);
        CounterNote? before = asked(UsedCpu) ? new CounterMemory(context, "services").Exchange(counted, report.Now) : null;
        foreach (IGrouping<string, KeyValuePair<ServiceInstance, InstanceUsage>> service in used.GroupBy(u => u.Key.Service)
            .OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            report.Target = service.Key;
            if (asked(UsedCpu)) ReportCpu(service, before, report);
            if (!asked(UsedMemory)) continue;
            report.Check = UsedMemory;
            var limited = service.Where(u => u.Value.MemoryLimitBytes > 0).Select(u => (u.Key, u.Value,
                Share: 100.0 * u.Value.MemoryBytes / u.Value.MemoryLimitBytes!.Value)).ToArray();
            if (limited.Length == 0)
                report.Said(HealthStatus.Healthy, $"It has no limit; {service.MaxBy(u => u.Value.MemoryBytes).Key.Name} uses the most, {Size(service.Max(u => u.Value.MemoryBytes))}.");
            else
            {
                (ServiceInstance most, InstanceUsage uses, double share) = limited.MaxBy(l => l.Share);
                report.Measured(UsedMemory, share,
                    $"{most.Name} uses {Size(uses.MemoryBytes)} of {Size(uses.MemoryLimitBytes!.Value)}.",
                    "Raise the memory limit, or find out what takes the memory.");
            }
        }
    }

    private static void ReportCpu(IEnumerable<KeyValuePair<ServiceInstance, InstanceUsage>> service, CounterNote? before,
        HealthReport report)
    {
        (ServiceInstance instance, double percent, string since) = service.Select(u => Cpu(u.Key, u.Value)).MaxBy(c => c.Percent);
        report.Measured(UsedCpu, percent, $"{instance.Name} used the most, measured {since}.",
            $"See what it does (Get-OpsLog {instance.Service} -Tail 50); scale it out when it should.");

        (ServiceInstance, double Percent, string) Cpu(ServiceInstance instance, InstanceUsage usage)
        {
            if (usage.ProcessorTime is not { } all) return (instance, usage.CpuPercent, "at one moment, as this platform tells no more");
            if (before is not null && before.Counted.TryGetValue(instance.Id, out double then) && then <= all.TotalSeconds)
                return (instance, 100 * (all.TotalSeconds - then) / (report.Now - before.Time).TotalSeconds,
                    $"over the {DurationText.Show(report.Now - before.Time)} since an earlier run");
            double ran = (report.Now - (instance.StartedAt ?? report.Now)).TotalSeconds;
            return (instance, ran > 0 ? 100 * all.TotalSeconds / ran : 0, "since it started");
        }
    }

    private static string Size(double bytes) => LevelText.Show(bytes, FigureUnit.Bytes);

    /// <summary>Reports one service.</summary>
    internal static void Report(ServiceRecord service, HealthReport report, OpsEnvironment environment)
    {
        report.Target = service.Name;
        ReportState(service, report, environment.UseOf(service.Name));
        if (service.Instances.Count == 0) return;
        ReportRestarts(service, report);
        report.Check = Memory;
        ServiceInstance[] killed = [.. service.Instances.Where(i => i.OutOfMemory)];
        report.Said(killed.Length == 0 ? HealthStatus.Healthy : HealthStatus.Unhealthy, killed.Length == 0
            ? "No instance ran out of memory."
            : $"{Names(killed)} {(killed.Length == 1 ? "was" : "were")} ended for want of memory{Limit(killed[0])}.",
            "Raise the memory limit, or find out what takes the memory.");
    }

    /// <summary>
    /// Says once for all services whose output is kept without a limit: it is one setting. A job that is done writes no more.
    /// </summary>
    internal static void ReportLogs(IReadOnlyList<ServiceRecord> services, HealthReport report)
    {
        report.Check = Logs;
        ServiceRecord[] told = [.. services.Where(s => s.Instances.Any(i => !i.IsDone && i.LogKeeping is not null))];
        if (told.Length == 0) return;
        string[] unbounded = [.. told.Where(s => s.Instances.Any(i => !i.IsDone && i.LogKeeping is { IsUnbounded: true })).Select(s =>
            s.Name)];
        string which = string.Join(", ", unbounded.Take(MostNames)) + (unbounded.Length > MostNames
            ? $" and {unbounded.Length - MostNames} more" : "");
        report.Said(unbounded.Length == 0 ? HealthStatus.Healthy : HealthStatus.Degraded, unbounded.Length == 0
            ? $"The output of {(told.Length == 1 ? "the service" : $"all {told.Length} services")} is kept within limits."
            : $"The output of {unbounded.Length} of {told.Length} services is kept without a limit, until the disk is full: {which}.",
            "Set logging: { driver: json-file, options: { max-size: 10m, max-file: \"3\" } } for each in the compose file, or log-opts for all in the engine's "
            + "daemon.json, and make the containers anew.");
    }

    private static bool IsDown(ServiceRecord service) => service.Ready == 0 && (service.Wanted > 0 || service.IsHeldBack);

    /// <summary>Whether what is wrong with it lies in itself, whatever it needs.</summary>
    private static bool HasOwnFault(ServiceRecord service) => service.IsHeldBack || service.Instances.Any(i => i.OutOfMemory
        || i.State == InstanceState.Paused);

    private static void ReportState(ServiceRecord service, HealthReport report, string? use)
    {
        report.Check = State;
        string ready = $"{service.Ready} of {service.Wanted} {(service.Wanted == 1 ? "is" : "are")} ready", why = Why(service);
        switch (service.State)
        {
            case ServiceState.Running when service.Instances.Count < service.Declared:
                report.Said(HealthStatus.Degraded, $"{ready}, and the compose file wants {service.Declared}.",
                    BringBack(service));
                break;
            case ServiceState.Running or ServiceState.Degraded when service.HasFailed && service.Kind is not ("Job" or "CronJob"):
                report.Said(HealthStatus.Degraded, $"{ready}{ServiceText.Rollout(service)}{why}.",
                    $"See why (Get-OpsEvent {service.Name}, Get-OpsLog {service.Name}), then roll out what is right, or go back "
                        + "(kubectl rollout undo).");
                break;
            case ServiceState.Running when service.Problem is not null:
                report.Said(HealthStatus.Degraded, $"{ready}{ServiceText.Rollout(service)}{why}.",
                    $"Mend what it says: Get-OpsEvent {service.Name}.");
                break;
            case ServiceState.Running when service.Held is RolloutHold.Paused:
                report.Said(HealthStatus.Degraded, $"{ready}{ServiceText.Rollout(service)}.", "When that is over: kubectl rollout resume.");
                break;
            case ServiceState.Running: report.Said(HealthStatus.Healthy, $"{ready}{ServiceText.Rollout(service)}."); break;
            case ServiceState.Stopped when use is not null:
                report.Said(HealthStatus.Unhealthy, $"None of it runs, and {use} of the environment file counts on it.",
                    $"Start it (Start-OpsService {service.Name}), or take it out of the environment file.");
                break;
            case ServiceState.Stopped when service.IsHeldBack:
                report.Said(HealthStatus.Degraded, "Somebody stopped it.", $"When that is over, start it: Start-OpsService {service.Name}.");
                break;
            case ServiceState.Stopped:
                report.Said(HealthStatus.Healthy, service.Instances.Any(i => i.IsDone) ? "It has done its work."
                    : service.IsOptional ? "Its profile is not active; none of it is wanted." : "None of it is wanted.");
                break;
            case ServiceState.Starting:
                report.Said(HealthStatus.Degraded, ready + (why.Length == 0 ? "; others are starting." : why + "."),
                    $"Wait for it; when it takes long, see what it says: Get-OpsLog {service.Name} -Tail 50.");
                break;
            case ServiceState.Unknown: report.Said(HealthStatus.Unknown, "The platform does not say how it is.", "Ask the platform itself."); break;
            default: report.Said(service.Ready > 0 ? HealthStatus.Degraded : HealthStatus.Unhealthy, $"{ready}{ServiceText.Rollout(service)}{why}.",
                Remedy(service)); break;
        }
    }

    /// <summary>Why instances are not ready, each kind of reason once.</summary>
    private static string Why(ServiceRecord service)
    {
        var reasons = new List<string>();
        if (service.Problem is { } problem) reasons.Add(InstanceWords.Short(problem).TrimEnd('.'));
        Tell(i => i is { State: InstanceState.Unknown, Reason: not null }, (names, first) => names + InstanceWords.Why(first));
        Tell(i => i.OutOfMemory && i.State != InstanceState.Running, (names, first) => $"{names} ended for want of memory{Limit(first)}"
            + (first.State == InstanceState.Restarting ? Because(first) : ""));
        Tell(i => i.State == InstanceState.Paused, (names, _) => $"paused: {names}");
        Tell(i => i is { State: InstanceState.Restarting, OutOfMemory: false },
            (names, first) => $"{names} ended{Code(first)} and is started again in a circle{(first.Reason?.Contains("started again", StringComparison.Ordinal) is true ? "" : Because(first))}");
        Tell(i => i.Health == InstanceHealth.Unhealthy && i.State != InstanceState.Paused, (names, first) =>
            $"the health check of {names} fails{(first.HealthOutput is { } said ? $" ({InstanceWords.Short(said).TrimEnd('.')})" : Because(first))}");
        Tell(i => i is { State: InstanceState.Exited or InstanceState.Dead, IsDone: false, OutOfMemory: false },
            (names, first) => $"{names} ended{Code(first)}{Because(first)}");
        Tell(i => i is { State: InstanceState.Pending, Reason: not null }, (names, first) =>
            first.Detail is null ? $"{names}: {first.Reason}" : names + InstanceWords.Why(first));
        if (Missing(service) is > 0 and var missing) reasons.Add(missing == 1 ? "one is not there any more"
            : $"{missing} are not there any more");
        return string.Concat(reasons.Select(r => "; " + r));

        void Tell(Func<ServiceInstance, bool> which, Func<string, ServiceInstance, string> words)
        {
            ServiceInstance[] some = [.. service.Instances.Where(which)];
            if (some.Length > 0) reasons.Add(words(Names(some), some[0]));
        }
    }

    /// <summary>How many the compose file wants that are not there.</summary>
    private static int Missing(ServiceRecord service) => service.Instances.Count == 0 ? 0
        : (service.Declared ?? 0) - service.Instances.Count;

    private static string BringBack(ServiceRecord service) =>
        $"Bring them back (Set-OpsService {service.Name} -Replicas {service.Declared}), or say in the compose file how many there are to be.";

    /// <summary>What to do about a service that is not as it should be: what runs is not started, and what is held goes on.</summary>
    private static string Remedy(ServiceRecord service)
    {
        if (service.Instances.Any(i => i is { State: InstanceState.Unknown, Reason: not null }))
            return "See how the nodes are: Get-OpsResourceUsage -Node, or kubectl get nodes.";
        if ((service.Uid is not null && service.Problem is not null) || service.Instances.Any(i => i.IsStuck))
            return $"Mend what it waits for; its events tell more: Get-OpsEvent {service.Name}.";
        string name = service.Name, look = $"See what it says (Get-OpsLog {name} -Tail 50)";
        if (service.Instances.Any(i => i.OutOfMemory && i.State != InstanceState.Running))
            return $"Raise its memory limit, or find out what takes the memory (Get-OpsResourceUsage {name}), then start it: Start-OpsService {name}.";
        if (service.Instances.Any(i => i.State == InstanceState.Paused)) return $"Let it go on: Start-OpsService {name}.";
        if (service.Instances.Any(i => i.State == InstanceState.Restarting)) return $"{look} and mend that; it is started again by itself" + (service.Uid is null ? "." : $" (Get-OpsEvent {name} tells more).");
        if (service.Instances.Any(i => i.Health == InstanceHealth.Unhealthy))
            return $"{look} and mend what its check complains of; when it hangs, restart it: Restart-OpsService {name}.";
        // All that are there are well.
        if (Missing(service) > 0 && service.Instances.All(i => i.IsReady)) return BringBack(service);
        return service.Uid is not null ? $"{look} and what happened to it (Get-OpsEvent {name})." : $"{look}, then start it: Start-OpsService {name}.";
    }

    private static string Code(ServiceInstance instance) => instance.ExitCode is { } code ? $" with {code}" : " with no exit code";

    private static string Because(ServiceInstance instance) => instance.Reason is { Length: > 0 } reason ? $" ({reason.TrimEnd('.')})" : "";

    private static string Limit(ServiceInstance instance) =>
        instance.MemoryLimitBytes is { } most ? $" (its limit is {LevelText.Show(most, FigureUnit.Bytes)})" : "";

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
