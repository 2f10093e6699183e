using System.Management.Automation;
using OpsModule.Engine.Areas.Services;

namespace OpsModule.Services;

/// <summary>
/// <para>Measures what services use now: CPU, memory, network, disks; and the host they run on.</para>
/// </summary>
/// <remarks>
/// <para>All are measured at the same time, over about a second. CPU is a share of one core: two busy cores are 200. Memory is without
/// file cache that the kernel takes back when it needs it. The host's row, which has no service, is of the machine that this runs on; it
/// is left out when services are named, and when they run on another machine (a remote Docker engine, Kubernetes).</para>
/// <para>On Kubernetes CPU and memory come from the cluster's metrics server, as means over some 15 to 60 seconds.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsResourceUsage</code>
/// <para>Every container that runs, and the host.</para>
/// </example>
/// <example>
/// <code>Get-OpsResourceUsage | Where-Object MemoryPercent -gt 80</code>
/// <para>What comes near its limit?</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsResourceUsage")]
[OutputType(typeof(ResourceUsage))]
public sealed class GetOpsResourceUsageCommand : OpsServiceCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var meter = new UsageMeter(Context);
        if (!Platform.IsHere) Verbose("The host's figures are left out: the services run on another machine.");
        Task host = ServiceNames is null && Platform.IsHere ? MeasureHostAsync(meter, cancellationToken) : Task.CompletedTask;
        await AttemptAsync(async () =>
            await meter.MeasureAsync(Platform, await FindServicesAsync(cancellationToken).ConfigureAwait(false), Emit, Fail, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await host.ConfigureAwait(false);
    }

    private async Task MeasureHostAsync(UsageMeter meter, CancellationToken cancellationToken)
    {
        if (await meter.MeasureHostAsync(cancellationToken).ConfigureAwait(false) is { } usage) Emit(usage);
    }
}
