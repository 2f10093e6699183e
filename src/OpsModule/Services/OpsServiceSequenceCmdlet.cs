using System.Collections.Concurrent;
using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;

namespace OpsModule.Services;

/// <summary>Base of the cmdlets that start, stop or restart services in the order of what they need.</summary>
/// <remarks>The order is known when all services are, so that those of the pipeline are collected first.</remarks>
public abstract class OpsServiceSequenceCmdlet : OpsServiceCmdlet, IPlanFileCmdlet
{
    private readonly List<ServiceRecord> _services = [];
    private OpsContext? _of;

    /// <summary>Emits each service as it is after the change, for Wait-OpsService for example; without it nothing is emitted.</summary>
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

    /// <summary>What is done to them.</summary>
    private protected abstract ServiceChange Change { get; }

    /// <summary>How it is done.</summary>
    private protected abstract ServiceChangeOptions Options { get; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        OpsContext context = Context;
        // The services of one environment belong together; another's platform takes the place of theirs.
        if (_of is not null && !ReferenceEquals(_of, context)) await AttemptAsync(() =>
            RunAsync(_of, cancellationToken)).ConfigureAwait(false);
        _of = context;
        _services.AddRange(await (Change == ServiceChange.Stop ? FindNamedServicesAsync(cancellationToken) : FindServicesToStartAsync(cancellationToken)).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) =>
        _of is null ? Task.CompletedTask : RunAsync(_of, cancellationToken);

    private async Task RunAsync(OpsContext context, CancellationToken cancellationToken)
    {
        ServiceRecord[] services = [.. _services];
        _services.Clear();
        if (services.Length > 0)
        {
            var done = new ConcurrentQueue<ServiceRecord>();
            var sequence = new ServiceSequence(context, Change)
            {
                Ask = AskAsync, Done = IsLater ? done.Enqueue : Done, Failed = Fail, Options = Options,
            };
            await sequence.RunAsync(services, cancellationToken).ConfigureAwait(false);
            if (!done.IsEmpty) await WaitAsync(context, [.. done], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>True when services are waited for, all together, once they have been changed.</summary>
    private protected virtual bool IsLater => false;

    /// <summary>Waits for services that were changed, and says of each that it is done, or why not.</summary>
    private protected virtual Task WaitAsync(OpsContext context, IReadOnlyList<ServiceRecord> services,
        CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A service is as it was asked for.</summary>
    private protected void Done(ServiceRecord service)
    {
        if (PassThru) Emit(service);
        else Verbose($"{service.Name}: {service.State}");
    }
}
