using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;

namespace OpsModule;

/// <summary>Base of the cmdlets that start, stop or restart services in the order of what they need.</summary>
/// <remarks>The order is known when all services are, so that those of the pipeline are collected first.</remarks>
public abstract class OpsServiceSequenceCmdlet : OpsServiceCmdlet
{
    private readonly List<ServiceRecord> _services = [];
    private OpsContext? _of;

    /// <summary>Emits each service as it is after the change, for Wait-OpsService for example; without it nothing is emitted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What is done to them.</summary>
    private protected abstract ServiceChange Change { get; }

    /// <summary>How it is done.</summary>
    private protected abstract ServiceSequence Sequence { get; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        OpsContext context = Context;
        // The services of one environment belong together; another's platform takes the place of theirs.
        if (_of is not null && !ReferenceEquals(_of, context)) await AttemptAsync(() => RunAsync(cancellationToken)).ConfigureAwait(false);
        _of = context;
        _services.AddRange(await (Change == ServiceChange.Stop ? FindNamedServicesAsync(cancellationToken) : FindServicesToStartAsync(cancellationToken)).ConfigureAwait(false));
        _sequence = Sequence;
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken);

    /// <summary>Tells of a service that is as it was to be.</summary>
    private protected void Done(ServiceRecord service)
    {
        if (PassThru) Emit(service);
        else Verbose($"{service.Name}: {service.State}");
    }

    /// <summary>Asks whether to go on with one service.</summary>
    private protected Task<bool> AskAsync(ServiceRecord service, string plan) => ShouldProcessAsync($"service {service.Name} of {service.Environment}", plan);

    private ServiceSequence? _sequence;

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        ServiceRecord[] services = [.. _services];
        _services.Clear();
        if (services.Length > 0) await _sequence!.RunAsync(Change, services, cancellationToken).ConfigureAwait(false);
    }
}
