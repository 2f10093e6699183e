using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;
using OpsModule.Services;

namespace OpsModule.Rollouts;

/// <summary>Base of the cmdlets that bring services out: how it is done, and what comes of it.</summary>
public abstract class OpsRolloutCmdlet : OpsServiceCmdlet
{
    /// <summary>
    /// In what order instances are replaced. Auto, which is the default, starts new ones first where two may be there at once, and says
    /// why where not. StartFirst
    /// also decides what nobody else can know: that two instances may write to one volume, and that a service without a health check is
    /// ready when it runs.
    /// BlueGreen starts all new ones beside the old ones, which go when the new ones have been watched.
    /// </summary>
    [Parameter]
    public RolloutStrategy? Strategy { get; set; }

    /// <summary>How many instances are replaced at a time; 1 unless the environment file says otherwise.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? BatchSize { get; set; }

    /// <summary>
    /// The proxy before the service: a name of proxies in the environment file, or Nginx, HAProxy or Caddy for the one of that kind.
    /// None tells nobody. Auto,
    /// which is the default, takes the one that knows the service.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Proxy { get; set; }

    /// <summary>
    /// URL that a new instance must answer with a status from 200 to 299 before it counts as ready, with {instance} in the place of its
    /// address: http://{instance}:4000/health. Without one its health check's own command is run every 250 ms.
    /// </summary>
    [Parameter]
    [InstanceUrl]
    public string? Probe { get; set; }

    /// <summary>How long a new instance may take to be ready: 90s, 5m. Two minutes unless the environment file says otherwise.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1d")]
    public TimeSpan? HealthTimeout { get; set; }

    /// <summary>How long connections of an old instance may last, once it gets nothing new; 30 seconds unless the environment file says
    /// otherwise.</summary>
    [Parameter]
    [Duration(Waits = true, Most = "1d")]
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>How long the new instances are watched before the update is done: 1m. Not at all unless the environment file says
    /// so.</summary>
    [Parameter]
    [Duration(Waits = true, Most = "1d")]
    public TimeSpan? Watch { get; set; }

    /// <summary>The share of requests that may fail while they are watched, of 1: 0.01, the default, is one of a hundred.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? MaxErrorRate { get; set; }

    /// <summary>How slow the slowest of twenty requests may be while they are watched: 250ms, 2s. As slow as they like, unless the
    /// environment file says so.</summary>
    [Parameter]
    [Duration(Waits = true, Fine = true, Least = "1ms", Most = "10m")]
    public TimeSpan? MaxLatencyP95 { get; set; }

    /// <summary>With fewer requests the watch proves nothing, and the outcome is NotProven; 50 unless the environment file says
    /// otherwise.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int? MinRequests { get; set; }

    /// <summary>How many earlier revisions are kept to go back to; 3 unless the environment file says otherwise.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? Keep { get; set; }

    /// <summary>Why it is done, for the revision and the journal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>What was asked for.</summary>
    private protected virtual RolloutOptions Asked => new()
    {
        Strategy = Strategy, BatchSize = BatchSize, Proxy = Proxy, Probe = Probe, HealthTimeout = HealthTimeout,
            DrainTimeout = DrainTimeout, Watch = Watch,
        MaxErrorRate = MaxErrorRate, MaxLatencyP95 = MaxLatencyP95, MinRequests = MinRequests, Keep = Keep, Reason = Reason,
    };

    /// <summary>Plans, asks, and brings a service out. Of one that failed both the result and the error are told.</summary>
    private protected async Task<bool> BringOutAsync(ServiceRecord service, RolloutOptions options, string action,
        CancellationToken cancellationToken)
    {
        ChangePlan? plan = await new RolloutPlanner(Context).PlanAsync(service.Name, options, action,
            cancellationToken).ConfigureAwait(false);
        if (plan is null)
        {
            Emit(new RolloutResult
            {
                Environment = Context.Environment.Name, Service = service.Name, Outcome = RolloutOutcome.Unchanged,
                    Instances = service.Instances.Count, FromImage = service.Image, ToImage = service.Image,
                FromDigest = service.ImageDigest, ToDigest = service.ImageDigest, Words = "All instances are what was asked for already.",
            });
            return true;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return true;
        try
        {
            if ((await new ChangeRunner(Context).RunAsync(plan,
                cancellationToken).ConfigureAwait(false))?.Value is RolloutResult made) Emit(made);
            return true;
        }
        catch (OpsException e) when (e.Target is RolloutResult failed)
        {
            Emit(failed);
            Fail(new OpsException(e.ErrorId, e.Category, e.Message, e.RecommendedAction, service.Name, e));
            return false;
        }
    }
}
