using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Limits;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Services;

/// <summary>
/// <para>Sets how many instances of a service there are, or what each may use.</para>
/// </summary>
/// <remarks>
/// <para>Containers are made from the compose file by the compose plugin (or docker-compose); those that are there stay as they are. It
/// holds until the project is next brought up with other numbers: what is to stay belongs into the compose file. On Kubernetes the
/// workload is scaled; where an autoscaler decides how many there are, that is refused.</para>
/// <para>Limits are brought out as Update-OpsService brings out an image: instances are replaced, and when the new ones fail, the old
/// limits
/// are back. Of a compose project they are kept in compose.opsmodule.yaml beside the compose file, which everything that this module makes
/// takes in; 'docker compose up' does so where COMPOSE_FILE names it. On Kubernetes the workload itself is changed, as 'kubectl set
/// resources' does; what is promised (requests) is lowered where it would be more than the limit. Megabytes are written in the terms of the
/// platform: 512M is 512 MiB for Compose, and 512 million bytes for Kubernetes; 512m and 512Mi are 512 MiB for both.</para>
/// </remarks>
/// <example>
/// <code>Set-OpsService worker -Replicas 3 -PassThru | Wait-OpsService -Healthy</code>
/// <para>Goes to three workers and waits until all are ready.</para>
/// </example>
/// <example>
/// <code>Set-OpsService api -Memory 512m -Cpu 0.5</code>
/// <para>Gives each instance at most 512 MiB of memory and half a processor, and replaces the instances.</para>
/// </example>
/// <example>
/// <code>Set-OpsService api -LogMaxSize 10m -LogMaxFile 3 -WhatIf</code>
/// <para>Shows how the output of containers would be kept to 30 MiB.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "OpsService", DefaultParameterSetName = ReplicasSet, SupportsShouldProcess = true)]
[OutputType(typeof(ServiceRecord), typeof(RolloutResult), typeof(ChangePlan))]
public sealed class SetOpsServiceCommand : OpsServiceCmdlet, IPlanFileCmdlet
{
    private const string ReplicasSet = "Replicas", LimitsSet = "Limits";

    /// <summary>How many.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ReplicasSet)]
    [ValidateRange(0, 1000)]
    public int Replicas { get; set; }

    /// <summary>The most memory of each instance: 512m, 1g, 1Gi, or a number of bytes.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [ValidateNotNullOrEmpty]
    public string? Memory { get; set; }

    /// <summary>The most of processors that each instance gets: 0.5, 2, or thousandths as 500m.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [ValidateNotNullOrEmpty]
    public string? Cpu { get; set; }

    /// <summary>Compose: the size at which a file of output is rotated: 10m.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [ValidateNotNullOrEmpty]
    public string? LogMaxSize { get; set; }

    /// <summary>Compose: how many files of output are kept.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [ValidateRange(1, 1000)]
    public int LogMaxFile { get; set; }

    /// <summary>Kubernetes: the container of the pod that is limited; needed where there are several.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [ValidateNotNullOrEmpty]
    public string? Container { get; set; }

    /// <summary>How long new instances may take to be ready, or on Kubernetes the rollout may come no further: 90s, 5m.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [Duration(Waits = true)]
    public TimeSpan? HealthTimeout { get; set; }

    /// <summary>Why, for the revision and the journal.</summary>
    [Parameter(ParameterSetName = LimitsSet)]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>Emits the service as it is after the change, or what came of the rollout; without it nothing is emitted.</summary>
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
        if (ParameterSetName == LimitsSet)
            foreach (ServiceRecord service in await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false))
                await AttemptAsync(() => LimitAsync(service, cancellationToken)).ConfigureAwait(false);
        else
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

    private async Task LimitAsync(ServiceRecord service, CancellationToken cancellationToken)
    {
        var limiter = new ServiceLimiter(Context);
        ServiceLimits limits = ServiceLimits.Of(Memory, Cpu, LogMaxSize, MyInvocation.BoundParameters.ContainsKey(nameof(LogMaxFile))
            ? LogMaxFile : null, limiter.IsCluster);
        if (limits.IsEmpty)
            throw new OpsException("ParameterMissing", OpsErrorCategory.InvalidArgument, "Nothing says what is to be limited.",
                "Give -Memory, -Cpu, -LogMaxSize or -LogMaxFile.", service);
        var options = new RolloutOptions { Container = Container, HealthTimeout = HealthTimeout, Reason = Reason };
        if (await limiter.PlanAsync(service, limits, options, cancellationToken).ConfigureAwait(false) is not { } plan)
        {
            Verbose($"{service.Name} is limited so already ({limits}).");
            if (PassThru) Emit(service);
        }
        else if (PlanFile is not null && !limiter.IsCluster)
        {
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                "What is brought out is known when the limits are written, so that they have no plan to keep in -PlanFile.",
                "See what would be done with -WhatIf.", service.Name);
        }
        else if (await AskAsync(plan).ConfigureAwait(false))
        {
            await BringOutAsync(limiter, service, plan, options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Of one that failed, the error names the service, and the result says what came of it.</summary>
    private async Task BringOutAsync(ServiceLimiter limiter, ServiceRecord service, ChangePlan plan, RolloutOptions options,
        CancellationToken cancellationToken)
    {
        try
        {
            RolloutResult? made = await limiter.RunAsync(service, plan, options, cancellationToken).ConfigureAwait(false);
            if (PassThru && made is not null) Emit(made);
        }
        catch (OpsException e) when (e.Target is RolloutResult failed)
        {
            if (PassThru) Emit(failed);
            throw new OpsException(e.ErrorId, e.Category, e.Message, e.RecommendedAction, service.Name, e);
        }
    }
}
