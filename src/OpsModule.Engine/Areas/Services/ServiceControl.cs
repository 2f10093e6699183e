using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Starts, stops, restarts and scales services: one at a time for each, and journaled.</summary>
public sealed class ServiceControl(OpsContext context, IServicePlatform platform)
{
    /// <summary>Starts what is stopped.</summary>
    /// <exception cref="OpsException"><c>ServiceDown</c> when it has ended again already.</exception>
    public Task<ServiceRecord> StartAsync(ServiceRecord service, CancellationToken cancellationToken) =>
        ChangeAsync("Start-OpsService", service, "start", now => platform.StartAsync(now, cancellationToken), cancellationToken);

    /// <summary>Stops what runs. Without a grace period each instance has the one that its maker gave it.</summary>
    public Task<ServiceRecord> StopAsync(ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) =>
        ChangeAsync("Stop-OpsService", service, "stop", now => platform.StopAsync(now, grace, cancellationToken), cancellationToken);

    /// <summary>Restarts it, one instance after another.</summary>
    public Task<ServiceRecord> RestartAsync(ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) =>
        ChangeAsync("Restart-OpsService", service, "restart", now => platform.RestartAsync(now, grace, cancellationToken), cancellationToken);

    /// <summary>Sets how many instances there are.</summary>
    public Task<ServiceRecord> ScaleAsync(ServiceRecord service, int replicas, CancellationToken cancellationToken) =>
        ChangeAsync("Set-OpsService", service, $"{replicas} replicas", now => platform.ScaleAsync(now, replicas, cancellationToken), cancellationToken);

    private async Task<ServiceRecord> ChangeAsync(string action, ServiceRecord service, string asked, Func<ServiceRecord, Task> change, CancellationToken cancellationToken)
    {
        string target = "service/" + service.Name;
        using IDisposable hold = context.Locks.Acquire(target, action);
        // It may have changed while somebody was asked whether to go on.
        ServiceRecord now = await FindAsync(service.Name, cancellationToken).ConfigureAwait(false);
        await using IJournaledChange journal = await context.Journal.BeginAsync(action, target, new Dictionary<string, string>
        {
            ["asked"] = asked, ["was"] = ServiceText.Of(now), ["instances"] = string.Join(' ', now.Instances.Select(i => i.Name)),
        }).ConfigureAwait(false);
        ServiceRecord after;
        try
        {
            await change(now).ConfigureAwait(false);
            after = await FindAsync(service.Name, cancellationToken).ConfigureAwait(false);
            await journal.CompleteAsync(ServiceText.Of(after)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await journal.FailAsync(e, "ServiceChangeFailed", $"{action} of {service.Name} was stopped; Get-OpsService {service.Name} shows how it is.").ConfigureAwait(false);
            throw;
        }
        if (action is not "Stop-OpsService" && after is { State: ServiceState.Down, IsUpdating: false } && after.Instances.Any(i => i.State is InstanceState.Exited or InstanceState.Restarting))
            throw new OpsException("ServiceDown", OpsErrorCategory.InvalidOperation, $"{service.Name} was started and does not run: {ServiceText.Of(after)}.",
                $"See what it says: Get-OpsLog {service.Name} -Tail 50.", after);
        return after;
    }

    private async Task<ServiceRecord> FindAsync(string name, CancellationToken cancellationToken) =>
        (await platform.ListAsync([name], cancellationToken).ConfigureAwait(false))[0];
}
