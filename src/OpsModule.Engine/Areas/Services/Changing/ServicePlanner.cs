using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>Plans what is to be done to services.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ServicePlanner(OpsContext context)
{
    internal const string Service = "service", Grace = "grace", Replicas = "replicas", Patience = "patience", Needs = "needs",
        Instance = "instance";

    /// <summary>A plan; null when nothing is left to do.</summary>
    /// <param name="change">What is to be done.</param>
    /// <param name="service">To which service.</param>
    /// <param name="options">How.</param>
    /// <exception cref="OpsException">The platform cannot do that to this service.</exception>
    public ChangePlan? Plan(ServiceChange change, ServiceRecord service, ServiceChangeOptions options)
    {
        ServiceInstance? alone = options.Instance is null ? null : OneOf(service, options.Instance);
        IServicePlatform platform = context.Platform();
        if (change == ServiceChange.Recreate && !platform.MakesAnew) throw PlatformErrors.NotMadeAnew(service.Name, platform.Description);
        if (platform.Plan(service, change, options.Replicas) is not { } summary) return null;
        if (alone is not null) summary = $"Restart {alone.Name} alone";
        (string kind, string action, string step, string? undo) = change switch
        {
            ServiceChange.Start => (StartService.KindName, "Start-OpsService", "start", "what it started is stopped again"),
            ServiceChange.Stop => (StopService.KindName, "Stop-OpsService", "stop", "what it stopped is started again"),
            ServiceChange.Restart =>
                (RestartService.KindName, "Restart-OpsService", "restart", "it runs as before; nothing is left to take back"),
            ServiceChange.Recreate => (RecreateService.KindName, "Restart-OpsService", "recreate", (string?)null),
            _ => (ScaleService.KindName, "Set-OpsService", "scale", "it goes back to as many instances as it had"),
        };
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = kind, Action = action, Target = Target.Service(service.Name).Path,
                Summary = summary, Undo = undo,
            Arguments = Arguments(change, service, options, alone), Identities = [Identity(service)], PlannedAt = context.Time.GetUtcNow(),
            Steps = [new PlannedStep(step, summary + ".")], Figures = [new PlanFigure("is now", ServiceText.Of(service))],
            Warnings = [.. platform.WarningsOf(service, change), .. WarningsOf(change, service, options)],
        };
    }

    /// <summary>The instance that a name, or the beginning of an id, means.</summary>
    /// <exception cref="OpsException"><c>InstanceNotFound</c>, <c>InstanceRestartUnsupported</c> on Kubernetes.</exception>
    private static ServiceInstance OneOf(ServiceRecord service, string instance) => service.Uid is null ? ServiceCommand.Choose(service,
        instance)
        : throw PlatformErrors.InstanceRestartUnsupported.Make($"{instance} is a pod, which its workload replaces and nobody restarts.",
            $"Restart the whole workload (Restart-OpsService {service.Name}), which replaces pods one after another.", instance);

    private static IEnumerable<string> WarningsOf(ServiceChange change, ServiceRecord service, ServiceChangeOptions options)
    {
        if (service is { Autoscaler: { } scaler } && change == ServiceChange.Scale) yield return $"{scaler} decides how many there are.";
        if (change == ServiceChange.Restart && options.Outdated.TryGetValue(service.Name, out string? how))
            yield return $"{how}. A restart keeps that: Restart-OpsService {service.Name} -Recreate makes it anew.";
    }

    /// <summary>
    /// What a service must still be when it is changed: the same workload, or the same containers. How they are may change at any time.
    /// </summary>
    internal static PlanIdentity Identity(ServiceRecord service) => service.Uid is { } uid
        ? new PlanIdentity($"{service.Kind} {service.Name}", uid)
        : new PlanIdentity($"instances of {service.Name}", service.Instances.Count == 0 ? "none"
            : string.Join(' ', service.Instances.Select(i => i.Id).Order(StringComparer.Ordinal)));

    /// <summary>A duration among a plan's arguments; null when there is none.</summary>
    internal static TimeSpan? Duration(ChangePlan plan, string name) =>
        plan.Arguments.TryGetValue(name, out string? text) ? TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture) : null;

    private static Dictionary<string, string> Arguments(ServiceChange change, ServiceRecord service, ServiceChangeOptions options,
        ServiceInstance? alone)
    {
        var arguments = new Dictionary<string, string> { [Service] = service.Name };
        if (options.Grace is { } grace) arguments[Grace] = Text(grace);
        if (change == ServiceChange.Scale) arguments[Replicas] = options.Replicas.ToString(CultureInfo.InvariantCulture);
        if (alone is not null) arguments[Instance] = alone.Id;
        if (change is not (ServiceChange.Start or ServiceChange.Restart or ServiceChange.Recreate)) return arguments;
        arguments[Patience] = Text(options.Patience);
        // What runs already has what it needed; a restart waits only for what is restarted with it.
        arguments[Needs] = string.Join(' ', service.DependsOn.Select(d => d.Service).Where(n =>
            change == ServiceChange.Start || options.Together.Contains(n)));
        return arguments;
    }

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
