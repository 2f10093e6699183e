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
/// done is as far as it can be. A pattern that no service fits is an error: there was nothing to wait for.</para>
/// </remarks>
/// <example>
/// <code>Wait-OpsService -Healthy -Timeout 3m</code>
/// <para>Waits until everything is well.</para>
/// </example>
/// <example>
/// <code>Start-OpsService db, api -PassThru | Wait-OpsService -Healthy</code>
/// <para>Starts two services and waits for both.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "OpsService")]
[OutputType(typeof(ServiceRecord))]
public sealed class WaitOpsServiceCommand : OpsServiceCmdlet
{
    private readonly List<(OpsContext Context, HashSet<string> Names)> _waits = [];
    private bool _isAsked;

    /// <summary>Waits until health checks pass, too; without it, running is enough. A service without a health check is healthy when it runs.</summary>
    [Parameter]
    public SwitchParameter Healthy { get; set; }

    /// <summary>How long at most: 90s, 5m. Five minutes unless told.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        _isAsked = true;
        OpsContext context = Context;
        IReadOnlyList<ServiceRecord> found = await FindServicesAsync(cancellationToken).ConfigureAwait(false);
        if (_waits.Count == 0 || !ReferenceEquals(_waits[^1].Context, context)) _waits.Add((context, []));
        foreach (ServiceRecord service in found)
            if (service.State != ServiceState.Stopped || IsNamed(service)) _waits[^1].Names.Add(service.Name);
    }

    /// <summary>What a listing gave was named by nobody; what was just changed has ended or runs.</summary>
    private bool IsNamed(ServiceRecord service) => ServiceNames?.Contains(service.Name, StringComparer.OrdinalIgnoreCase) is true && !(IsRecord && service.Instances.Count == 0);

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (MyInvocation.ExpectingInput && !_isAsked && !PlansCame)
            throw new OpsException("NothingToWaitFor", OpsErrorCategory.InvalidArgument, "No service came through the pipeline, so there was nothing to wait for.",
                "See why the command before gave none; Start-, Restart- and Set-OpsService hand their services on with -PassThru.");
        foreach ((OpsContext context, HashSet<string> names) in _waits)
        {
            GoOnIn(context);
            if (_waits.Count == 1) await WaitAsync(names, cancellationToken).ConfigureAwait(false);
            else await AttemptAsync(() => WaitAsync(names, cancellationToken)).ConfigureAwait(false);
        }
    }

    private Task WaitAsync(HashSet<string> names, CancellationToken cancellationToken) =>
        new ServiceWaiter(Context, Platform).WaitAsync(names, Healthy, Timeout, Emit, Fail, cancellationToken);
}
