using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Services;

/// <summary>
/// <para>Stops services.</para>
/// </summary>
/// <remarks>
/// <para>Containers stay and can be started again; their data and their output are kept. What others need (depends_on) is stopped
/// after them; what does not need one another ends together. What has not ended within the grace period is
/// killed. On Kubernetes a workload goes to no replicas, remembers how many it had, and its pods have the grace period of their own
/// specification.</para>
/// </remarks>
/// <example>
/// <code>Stop-OpsService worker* -WhatIf</code>
/// <para>Shows what would be stopped.</para>
/// </example>
/// <example>
/// <code>Stop-OpsService api -Grace 1m</code>
/// <para>Gives requests under way a minute to end.</para>
/// </example>
/// <example>
/// <code>Stop-OpsService worker -Wait; Invoke-OpsServiceCommand api -Command migrate</code>
/// <para>Goes on only when no worker is left, not even one that ends slowly.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord), typeof(ChangePlan))]
public sealed class StopOpsServiceCommand : OpsServiceEndCmdlet
{
    /// <summary>
    /// Comes back only when every instance is gone. Without it a pod of Kubernetes may run on for as long as its specification gives it;
    /// containers and units have ended in any case.
    /// </summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>How long -Wait waits: 90s, 5m. Five minutes unless told.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    private protected override bool IsLater => Wait;

    private protected override Task WaitAsync(OpsContext context, IReadOnlyList<ServiceRecord> services,
        CancellationToken cancellationToken) => new ServiceEndWaiter(context).WaitAsync(services, Timeout, Done, Fail, cancellationToken);

    private protected override ServiceChange Change => ServiceChange.Stop;

    private protected override ServiceChangeOptions Options => new() { Grace = Grace };
}
