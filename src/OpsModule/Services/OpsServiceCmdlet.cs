using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Reaching;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Services;

/// <summary>Base of the cmdlets that take services, or whole environments, from the pipeline.</summary>
/// <remarks>A container has a Name, too, that is not its service's.</remarks>
public abstract class OpsServiceCmdlet : OpsEnvironmentCmdlet
{
    private string[]? _written;

    /// <summary>Services by name, in any case and with wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Service")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[]? Name { get; set; }

    /// <summary>An environment from Get-OpsEnvironment to operate on, a service's name, or an object with the property Name or Service.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The services as they were written or piped; null when none was.</summary>
    protected IReadOnlyList<string>? ServiceNames => Piped switch
    {
        null => Name,
        ServiceRecord service => Agreed(service.Name),
        ServiceInstance instance => Agreed(instance.Service),
        string when TakesText => _written,
        string when _written is not null => throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
            $"Text was piped in, and -Name names {string.Join(", ", _written)}; piped text would be the name of a service.", "Leave one of them out."),
        string name when !string.IsNullOrWhiteSpace(name) => [name],
        { } other when other is string || !PipedObject.Says(InputObject, nameof(Name), "Service") => throw PipedObject.IsNo("service", InputObject!, "an environment, a service's name, or an object with the property Name or Service"),
        _ => Agreed(PipedObject.Named(InputObject, nameof(Name), "Service")!, Name),
    };

    /// <summary>Whether piped text is something else than a service's name.</summary>
    protected virtual bool TakesText => false;

    /// <summary>The platform of this call's environment.</summary>
    protected IServicePlatform Platform => Context.Platform();

    private string[] Agreed(string said, string[]? bound = null)
    {
        CheckIsOfThis(InputObject);
        CheckAgrees(said, "service", nameof(Name), _written);
        return bound ?? [said];
    }

    private object? Piped => Unwrap(InputObject) is PSCustomObject ? PipedObject.Record(InputObject) : Unwrap(InputObject);

    /// <summary>The services that are meant; an error for each name that is unknown.</summary>
    protected Task<IReadOnlyList<ServiceRecord>> FindServicesAsync(CancellationToken cancellationToken) =>
        new ServiceCatalog(Platform).ListAsync(ServiceNames, FailUnknown, cancellationToken);

    /// <summary>Reports a name that no service has.</summary>
    protected virtual void FailUnknown(OpsException error) => Fail(error);

    /// <summary>True when a text came through the pipeline.</summary>
    protected bool IsText => Piped is string;

    /// <summary>True when a service came through the pipeline, from a listing or another change.</summary>
    protected bool IsRecord => Piped is ServiceRecord or ServiceInstance;

    /// <summary>The service that came through the pipeline as a record; else null.</summary>
    private protected ServiceRecord? PipedRecord => Piped as ServiceRecord;

    /// <summary>The same for cmdlets that change something, which is never all there is unless that is said.</summary>
    protected Task<IReadOnlyList<ServiceRecord>> FindNamedServicesAsync(CancellationToken cancellationToken) => ServiceNames is not null
        ? FindServicesAsync(cancellationToken)
        : throw new OpsException("ServiceNameMissing", OpsErrorCategory.InvalidArgument, "No service was named.", "Name one, or several with wildcards; * means all of them.");

    /// <summary>The one service that is meant.</summary>
    /// <exception cref="OpsException"><c>ServiceAmbiguous</c> when it is none or several.</exception>
    protected async Task<ServiceRecord> FindOneServiceAsync(CancellationToken cancellationToken) =>
        await FindNamedServicesAsync(cancellationToken).ConfigureAwait(false) switch
        {
            [var only] => only,
            var found => throw ReachErrors.ServiceAmbiguous.Make(
                $"One service was expected, and {(found.Count == 0 ? "none" : string.Join(", ", found.Select(s => s.Name)))} was named.",
                "Name one."),
        };

    /// <summary>The same for cmdlets that start or make something: what a profile keeps back is started only by its full name.</summary>
    protected Task<IReadOnlyList<ServiceRecord>> FindServicesToStartAsync(CancellationToken cancellationToken) => ServiceNames is { } names
        ? new ServiceCatalog(Platform).ListToStartAsync(names, !IsRecord, this, FailUnknown, cancellationToken)
        : FindNamedServicesAsync(cancellationToken);

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _written = Name;
        return Task.CompletedTask;
    }
}
