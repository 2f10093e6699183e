using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Services;

/// <summary>
/// <para>Waits until services run, or are healthy, and emits each the moment it is.</para>
/// </summary>
/// <remarks>
/// <para>All services are waited for together, within one time limit; one that is not in time is an error that says how it is. Services
/// of which nothing is wanted (stopped, or kept back by a profile) are waited for only when they are named without wildcards. A job that is
/// done is as far as it can be, and one that has failed for good is an error at once. A pattern that no service fits is an error: there
/// was nothing to wait for.</para>
/// <para>What cannot come any more ends the waiting at once: on Kubernetes a rollout beyond its deadline (RolloutFailed), one that is
/// paused (RolloutPaused) or whose pods are replaced by hand (RolloutHeld), a job that gave up (JobFailed). While the platform is away, as
/// when an API server restarts, it is asked again until the time is over; a warning says so.</para>
/// </remarks>
/// <example>
/// <code>Wait-OpsService -Healthy -Timeout 3m</code>
/// <para>Waits until everything is well.</para>
/// </example>
/// <example>
/// <code>Start-OpsService db, api -PassThru | Wait-OpsService -Healthy</code>
/// <para>Starts two services and waits for both.</para>
/// </example>
/// <example>
/// <code>Wait-OpsService api -Rollout -Verbose</code>
/// <para>Follows a rollout that kubectl or CI has begun to its end.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "OpsService")]
[OutputType(typeof(ServiceRecord))]
public sealed class WaitOpsServiceCommand : OpsServiceCmdlet
{
    private readonly List<(OpsContext Context, HashSet<string> Names, Dictionary<string, int> Wanted)> _waits = [];
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private bool _isAsked, _haveDeadlines = true;
    private TimeSpan _asked;

    /// <summary>Waits until health checks pass, too; without it, running is enough. A service without a health check is healthy when it runs.</summary>
    [Parameter]
    public SwitchParameter Healthy { get; set; }

    /// <summary>
    /// Kubernetes: follows the rollouts that are under way, whoever began them, until every instance is of the newest specification and
    /// ready; a service that is to have none is done. -Verbose tells each step. Elsewhere the same as -Healthy.
    /// </summary>
    [Parameter]
    public SwitchParameter Rollout { get; set; }

    /// <summary>
    /// How long at most: 90s, 5m. Five minutes unless told; with -Rollout a Deployment is given as much as its own deadline
    /// (progressDeadlineSeconds) allows, counted anew each time it has come further.
    /// </summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        _isAsked = true;
        OpsContext context = Context;
        long begun = context.Time.GetTimestamp();
        IReadOnlyList<ServiceRecord> found = await new PatientQuestion(context, Timeout).AskAsync(FindServicesAsync,
            cancellationToken).ConfigureAwait(false);
        _asked += context.Time.GetElapsedTime(begun);
        if (_waits.Count == 0 || !ReferenceEquals(_waits[^1].Context, context)) _waits.Add((context, [], []));
        foreach (ServiceRecord service in found)
            if (service.State != ServiceState.Stopped || IsNamed(service))
            {
                _waits[^1].Names.Add(service.Name);
                _haveDeadlines &= service.ProgressDeadline is not null;
                if (ServiceNames is not null) _named.Add(service.Name);
            }
        if (PipedRecord is { Declared: { } declared } scaled && scaled.Wanted > 0
            && scaled.Wanted < declared) _waits[^1].Wanted[scaled.Name] = scaled.Wanted;
    }

    /// <summary>What a listing gave was named by nobody; what was just changed has ended or runs.</summary>
    private bool IsNamed(ServiceRecord service) => ServiceNames?.Contains(service.Name, StringComparer.OrdinalIgnoreCase) is true && !(IsRecord && service.Instances.Count == 0);

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (MyInvocation.ExpectingInput && !_isAsked && !PlansCame)
            throw new OpsException("NothingToWaitFor", OpsErrorCategory.InvalidArgument, "No service came through the pipeline, so there was nothing to wait for.",
                "See why the command before gave none; Start-, Restart- and Set-OpsService hand their services on with -PassThru.");
        foreach ((OpsContext context, HashSet<string> names, Dictionary<string, int> wanted) in _waits)
        {
            GoOnIn(context);
            if (_waits.Count == 1) await WaitAsync(names, wanted, cancellationToken).ConfigureAwait(false);
            else await AttemptAsync(() => WaitAsync(names, wanted, cancellationToken)).ConfigureAwait(false);
        }
    }

    private Task WaitAsync(HashSet<string> names, Dictionary<string, int> wanted, CancellationToken cancellationToken) =>
        new ServiceWaiter(Context, Platform) { Wanted = wanted, Rollout = Rollout, IsNamed = _named.Contains }
            .WaitAsync(names, Healthy, Limit, Emit, Fail, cancellationToken);

    /// <summary>Where the cluster itself ends what stands still, it is what counts; a day is for a cluster that does not.</summary>
    private TimeSpan Limit => Rollout && _haveDeadlines && !MyInvocation.BoundParameters.ContainsKey(nameof(Timeout))
        ? TimeSpan.FromDays(1) : Timeout > _asked ? Timeout - _asked : TimeSpan.Zero;
}
