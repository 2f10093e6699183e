using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Foundations.Errors;

namespace OpsModule;

/// <summary>Base of the cmdlets that take databases, or whole environments, from the pipeline.</summary>
public abstract class OpsDatabaseCmdlet : OpsEnvironmentCmdlet
{
    private string[]? _written, _writtenTenants;

    /// <summary>The database's name in the environment file, in any case; several and wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string[]? Name { get; set; }

    /// <summary>An environment from Get-OpsEnvironment to operate on, a database's name, or an object with the properties Name and Tenant.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The databases' names as they were written or piped; null when none was.</summary>
    protected IReadOnlyList<string>? DatabaseNames => Name ?? (Piped is string name ? [name] : null);

    /// <summary>What came through the pipeline, without PowerShell's wrapper.</summary>
    protected object? Piped => Unwrap(InputObject);

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _written = Name;
        return Task.CompletedTask;
    }

    /// <summary>Refuses a piped object that says nothing: all databases, or the only one, must not be taken in its place.</summary>
    /// <exception cref="OpsException"><c>PipelineObjectUnknown</c>.</exception>
    protected void CheckPiped(params string[] properties)
    {
        if (InputObject is null || IsEnvironment) return;
        if (Piped is string named && _written is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, $"The database {named} was piped in, and -Name names {string.Join(", ", _written)}.", "Leave one of them out.");
        if (Piped is string text ? !string.IsNullOrWhiteSpace(text) : PipedObject.Says(InputObject, properties))
        {
            CheckIsOfThis(InputObject);
            CheckAgrees(PipedObject.Named(InputObject, nameof(Name)), "database", nameof(Name), _written);
            CheckAgrees(PipedObject.Named(InputObject, "Tenant"), "tenant", "Tenant", _writtenTenants, StringComparison.Ordinal); // two may differ in their case only
            return;
        }
        throw PipedObject.IsNo("database", InputObject, $"an environment, a database's name, or an object with the property {string.Join(" or ", properties)}");
    }

    /// <summary>The tenants that are meant. What is empty in a parameter is a slip, and would mean all; in a piped object it is a whole database.</summary>
    /// <exception cref="OpsException"><c>TenantEmpty</c>.</exception>
    protected void CheckTenants(string[]? tenants, bool isBound)
    {
        _writtenTenants = tenants;
        if (tenants is { Length: 0 } || (tenants is null && isBound) || tenants?.Any(string.IsNullOrEmpty) is true)
            throw new OpsException("TenantEmpty", OpsErrorCategory.InvalidArgument, "-Tenant was given without a name.",
                "Name the tenants, * for all of them, or leave -Tenant out for the whole database.");
    }
}
