using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Plans a change of a service and makes it, as the cmdlets do.</summary>
internal sealed class ServiceControl(OpsContext context, IServicePlatform platform)
{
    private readonly OpsContext _context = context with { Platforms = _ => platform };

    public Task<ServiceRecord> StartAsync(ServiceRecord service, CancellationToken cancellationToken) => ChangeAsync(ServiceChange.Start, service, new(), cancellationToken);

    public Task<ServiceRecord> StopAsync(ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) => ChangeAsync(ServiceChange.Stop, service, new() { Grace = grace }, cancellationToken);

    public Task<ServiceRecord> RestartAsync(ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) => ChangeAsync(ServiceChange.Restart, service, new() { Grace = grace }, cancellationToken);

    public Task<ServiceRecord> ScaleAsync(ServiceRecord service, int replicas, CancellationToken cancellationToken) => ChangeAsync(ServiceChange.Scale, service, new() { Replicas = replicas }, cancellationToken);

    private async Task<ServiceRecord> ChangeAsync(ServiceChange change, ServiceRecord service, ServiceChangeOptions options, CancellationToken cancellationToken)
    {
        if (new ServicePlanner(_context).Plan(change, service, options) is not { } plan) return service;
        return (ServiceRecord)(await new ChangeRunner(_context).RunAsync(plan, cancellationToken))!.Value!;
    }
}
