using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Services;

/// <summary>
/// <para>Restarts services, one instance after another.</para>
/// </summary>
/// <remarks>
/// <para>The containers stay the same: a new image or another setting takes more than a restart. What others need (depends_on) is
/// restarted before them, and waited for where the compose file says so. A service whose profile is not active is left out, unless it runs or is
/// named in full. What has not ended within the grace
/// period is killed. On Kubernetes it is a rolling restart: pods are replaced by new ones, which Wait-OpsService -Healthy waits for.</para>
/// </remarks>
/// <example>
/// <code>Restart-OpsService api -PassThru | Wait-OpsService -Healthy</code>
/// <para>Restarts a service and waits until its health check passes.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Restart, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord), typeof(ChangePlan))]
public sealed class RestartOpsServiceCommand : OpsServiceEndCmdlet
{
    /// <summary>How long a service waits for what it needs and was restarted with it: 90s, 5m. Five minutes unless told.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    private protected override ServiceChange Change => ServiceChange.Restart;

    private protected override ServiceChangeOptions Options => new() { Grace = Grace, Patience = Timeout };
}
