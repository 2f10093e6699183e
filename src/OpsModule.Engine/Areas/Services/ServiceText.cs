using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Says in words how services are.</summary>
internal static class ServiceText
{
    /// <summary>For example <c>Degraded, 1 of 2 ready; api-2 is restarting, exit code 1, 5 restarts</c>.</summary>
    public static string Of(ServiceRecord service)
    {
        // Of a service that is well, an instance that takes the place of another may still tell something.
        string? why = service.Reason ?? (service.Instances.FirstOrDefault(i => !i.IsReady && !i.IsDone) is { } lame
            ? InstanceWords.Of(lame) : null);
        string worst = why is null ? "" : "; " + why;
        string problem = service.Problem is { } said ? "; " + InstanceWords.Short(said).TrimEnd('.') : "";
        return $"{service.State}, {service.Ready} of {service.Wanted} ready{Rollout(service)}{problem}{worst}";
    }

    /// <summary>How far its rollout is, in words behind others; nothing where there is none.</summary>
    public static string Rollout(ServiceRecord service) => service switch
    {
        { IsPaused: true, Held: RolloutHold.Paused } => $", its rollouts are paused ({New(service)})",
        { IsPaused: true } => ", its rollouts are paused",
        { IsUpdating: true, HasFailed: true } => $", its rollout has failed ({New(service)})",
        { IsUpdating: true, Updated: not null } => $", instances are being replaced ({New(service)})",
        { IsUpdating: true } => ", instances are being replaced",
        { Held: RolloutHold.OnDelete } => $", older instances stay until somebody deletes them ({New(service)})",
        { Held: RolloutHold.Partition } => $", a partition keeps older instances ({New(service)})",
        _ => "",
    };

    private static string New(ServiceRecord service) =>
        $"{service.Updated} of {service.Wanted} {(service.Updated == 1 ? "is" : "are")} new";
}
