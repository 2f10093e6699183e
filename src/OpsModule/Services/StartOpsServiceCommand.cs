using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Services;

/// <summary>
/// <para>Starts what is stopped of services.</para>
/// </summary>
/// <remarks>
/// <para>Containers that are there are started as they are. Those that the compose file wants and that are missing are made from it, for
/// which the compose plugin is needed. What others need (depends_on) is started before them, and waited for where the compose file says so
/// (service_healthy, service_completed_successfully). A service whose profile is not active is started only by its full name. One that has
/// ended again at once is an error. On Kubernetes a workload without replicas gets as many as it had before it was stopped. Whether it stays up is another question: Wait-OpsService answers it.</para>
/// </remarks>
/// <example>
/// <code>Start-OpsService api -PassThru | Wait-OpsService -Healthy -Timeout 2m</code>
/// <para>Starts a service and waits until its health check passes.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord), typeof(ChangePlan))]
public sealed class StartOpsServiceCommand : OpsServiceSequenceCmdlet
{
    /// <summary>How long a service waits for what it needs: 90s, 5m. Five minutes unless told.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    private protected override ServiceChange Change => ServiceChange.Start;

    private protected override ServiceChangeOptions Options => new() { Patience = Timeout };
}
