using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>The instances of a service that may serve somebody, listed anew each time: others come while one looks.</summary>
internal static class TenantInstances
{
    /// <summary>Those that run, and those that may run in a moment.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ServiceNotFound</c>, and what the platform reports.</exception>
    public static async Task<IReadOnlyList<ServiceInstance>> FindAsync(OpsContext context, string service, CancellationToken ct)
    {
        IReadOnlyList<ServiceRecord> found = await context.Platform().ListAsync([service], ct).ConfigureAwait(false);
        return [.. found.SelectMany(s => s.Instances).Where(i => !i.IsDone && i.State is not (InstanceState.Exited or InstanceState.Dead))];
    }
}
