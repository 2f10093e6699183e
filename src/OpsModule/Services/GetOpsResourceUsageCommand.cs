using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Engine.Areas.Services;
using OpsModule.Foundations.Errors;

namespace OpsModule.Services;

/// <summary>
/// <para>Measures what services use now: CPU, memory, network, disks; and the host they run on.</para>
/// </summary>
/// <remarks>
/// <para>All are measured at the same time, over about a second. CPU is a share of one core: two busy cores are 200. Memory is without
/// file cache that the kernel takes back when it needs it. The host's row, which has no service, is of the machine that this runs on; it
/// is left out when services are named, and when they run on another machine (a remote Docker engine, Kubernetes).</para>
/// <para>With -Node the machines of a Kubernetes cluster are shown instead: what pods may have (allocatable), what they are promised
/// (requested) and what is used, with NotReady and pressure as their state. It takes the right to list nodes; what is promised takes that
/// of listing the pods of all namespaces, and is empty without it, and what is used comes from the metrics server.</para>
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
/// <example>
/// <code>Get-OpsResourceUsage -Node | Where-Object State -ne Ready</code>
/// <para>Which machines of the cluster need a look?</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsResourceUsage")]
[OutputType(typeof(ResourceUsage), typeof(NodeRecord))]
public sealed class GetOpsResourceUsageCommand : OpsServiceCmdlet
{
    /// <summary>Kubernetes: the machines of the cluster instead of services.</summary>
    [Parameter]
    public SwitchParameter Node { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Node)
        {
            if (ServiceNames is not null)
                throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                    "-Node is about machines, and services are named.", "Leave one of them out.");
            foreach (NodeRecord node in await Platform.ReadNodesAsync(true, cancellationToken).ConfigureAwait(false) ?? throw NoNodes())
                Emit(node);
            return;
        }
        var meter = new UsageMeter(Context);
        if (!Platform.IsHere) Verbose("The host's figures are left out: the services run on another machine.");
        Task host = ServiceNames is null && Platform.IsHere ? MeasureHostAsync(meter, cancellationToken) : Task.CompletedTask;
        await AttemptAsync(async () =>
            await meter.MeasureAsync(Platform, await FindServicesAsync(cancellationToken).ConfigureAwait(false), Emit, Fail, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await host.ConfigureAwait(false);
    }

    private OpsException NoNodes() => new("PlatformUnsupported", OpsErrorCategory.InvalidOperation,
        $"-Node shows the machines of a Kubernetes cluster, and the services are in {Platform.Description}.",
        "Leave -Node out; where services run on this machine, its own figures are shown without it.");

    private async Task MeasureHostAsync(UsageMeter meter, CancellationToken cancellationToken)
    {
        if (await meter.MeasureHostAsync(cancellationToken).ConfigureAwait(false) is { } usage) Emit(usage);
    }
}
