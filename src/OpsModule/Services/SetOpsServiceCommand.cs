using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Services;

/// <summary>
/// <para>Sets how many instances of a service there are.</para>
/// </summary>
/// <remarks>
/// <para>Containers are made from the compose file by the compose plugin (or docker-compose); those that are there stay as they are. It
/// holds until the project is next brought up with other numbers: what is to stay belongs into the compose file. On Kubernetes the
/// workload is scaled; where an autoscaler decides how many there are, that is refused.</para>
/// </remarks>
/// <example>
/// <code>Set-OpsService worker -Replicas 3 -PassThru | Wait-OpsService -Healthy</code>
/// <para>Goes to three workers and waits until all are ready.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "OpsService", SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord), typeof(ChangePlan))]
public sealed class SetOpsServiceCommand : OpsServiceCmdlet, IPlanFileCmdlet
{
    /// <summary>How many.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateRange(0, 1000)]
    public int Replicas { get; set; }

    /// <summary>Emits the service as it is after the change; without it nothing is emitted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan, which is carried out whole or
    /// not at all.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (ServiceRecord service in await FindServicesToStartAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(() => ScaleAsync(service, cancellationToken)).ConfigureAwait(false);
    }

    private async Task ScaleAsync(ServiceRecord service, CancellationToken cancellationToken)
    {
        if (new ServicePlanner(Context).Plan(ServiceChange.Scale, service,
            new ServiceChangeOptions { Replicas = Replicas }) is not { } plan)
        {
            Verbose($"There are as many of {service.Name} already.");
            if (PassThru) Emit(service);
        }
        else if (await AskAsync(plan).ConfigureAwait(false))
        {
            ChangeResult? result = await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
            if (PassThru && result?.Value is { } scaled) Emit(scaled);
        }
    }
}
