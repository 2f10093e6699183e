using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Services;

/// <summary>
/// <para>Restarts services, one instance after another.</para>
/// </summary>
/// <remarks>
/// <para>The containers stay the same: a new image or another setting takes -Recreate, which makes them anew from the compose file; where
/// one was made with other settings than the files have now, a warning says so. What others need (depends_on) is
/// restarted before them, and waited for where the compose file says so. A service whose profile is not active is left out, unless it runs or is
/// named in full. What has not ended within the grace
/// period is killed. On Kubernetes it is a rolling restart: pods are replaced by new ones, which Wait-OpsService -Healthy waits for.</para>
/// </remarks>
/// <example>
/// <code>Restart-OpsService api -PassThru | Wait-OpsService -Healthy</code>
/// <para>Restarts a service and waits until its health check passes.</para>
/// </example>
/// <example>
/// <code>Restart-OpsService -Recreate *</code>
/// <para>After a change of .env or of the compose file: makes all containers anew, those first that others need.</para>
/// </example>
/// <example>
/// <code>Restart-OpsService api -Instance shop-api-2</code>
/// <para>Restarts one container of several.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Restart, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord), typeof(ChangePlan))]
public sealed class RestartOpsServiceCommand : OpsServiceEndCmdlet
{
    /// <summary>How long a service waits for what it needs and was restarted with it: 90s, 5m. Five minutes unless told.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Makes the containers anew from the compose file, with the settings, variables and image of now. What they were made of cannot be
    /// brought back.
    /// </summary>
    [Parameter]
    public SwitchParameter Recreate { get; set; }

    /// <summary>Restarts only this instance of the service: its name, its id, or the first twelve characters of that.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Instance { get; set; }

    private protected override ServiceChange Change => Recreate ? ServiceChange.Recreate : ServiceChange.Restart;

    private protected override ServiceChangeOptions Options => new() { Grace = Grace, Patience = Timeout, Instance = Instance };

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken) => Recreate && Instance is not null
        ? throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
            "-Recreate makes all containers of a service anew, and -Instance means one.", "Leave one of them out.")
        : base.BeginAsync(cancellationToken);
}
