using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Says why a rollout, or a job, comes no further by itself.</summary>
internal static class RolloutEnd
{
    /// <summary>Why waiting for a service that is not there yet is of no use; null while it may come.</summary>
    public static OpsException? Of(ServiceRecord service) => service switch
    {
        { HasFailed: true, Kind: "Job" or "CronJob" } => new OpsException("JobFailed", OpsErrorCategory.InvalidOperation,
            $"{service.Name} has failed, and nothing is tried any more: {Said(service)}",
            $"See why: Get-OpsLog {service.Name} -Tail 50.", service),
        { HasFailed: true } => new OpsException("RolloutFailed", OpsErrorCategory.InvalidOperation,
            $"The rollout of {service.Name} has failed: {Said(service)}",
            $"See why (Get-OpsEvent {service.Name}, Get-OpsLog {service.Name}), then roll out what is right, or go back: "
                + "kubectl rollout undo.", service),
        { IsPaused: true } when service.Instances.Count < service.Wanted => Held(service),
        _ => null,
    };

    /// <summary>Some of it is of an older specification, and stays so.</summary>
    public static OpsException Held(ServiceRecord service) => service.Held == RolloutHold.OnDelete
        ? new OpsException("RolloutHeld", OpsErrorCategory.InvalidOperation,
            $"{service.Name} is not of its newest specification, and does not become so by itself: {ServiceText.Of(service)}.",
            "Its strategy is OnDelete: delete its pods one after another (kubectl delete pod), or set the strategy RollingUpdate.", service)
        : new OpsException("RolloutPaused", OpsErrorCategory.InvalidOperation,
            $"{service.Name} is not of its newest specification, and does not become so by itself: {ServiceText.Of(service)}.",
            "When that is over: kubectl rollout resume.", service);

    private static string Said(ServiceRecord service) => ServiceText.Of(service) + ".";
}
