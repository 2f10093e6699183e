using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>Base of the cmdlets that take databases, or whole environments, from the pipeline.</summary>
/// <remarks>
/// An environment has a Name, too, which by property name would become the database's. So the piped object itself is taken as well:
/// when it is an environment (or its file), that is what is operated on, and its name is not taken for a database's.
/// </remarks>
public abstract class OpsDatabaseCmdlet : OpsEnvironmentCmdlet
{
    private string? _written;

    /// <summary>The database's name in the environment file.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>An environment from Get-OpsEnvironment to operate on, a database's name, or an object with the properties Name and Tenant.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The database's name as it was written or piped; null when none was.</summary>
    protected string? DatabaseName => IsEnvironment ? _written : Name ?? Unwrap(InputObject) as string;

    /// <summary>True when an environment came through the pipeline.</summary>
    protected bool IsEnvironment => Piped is OpsEnvironment or FileSystemInfo;

    /// <inheritdoc/>
    protected sealed override object? PipedEnvironment => IsEnvironment ? Piped : null;

    private object? Piped => Unwrap(InputObject);

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _written = Name;
        return Task.CompletedTask;
    }
}
