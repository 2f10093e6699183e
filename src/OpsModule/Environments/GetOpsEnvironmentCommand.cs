using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule.Environments;

/// <summary>
/// Reads an environment file and emits the environment: what there is to operate, with every path in full. Secrets are not read; the
/// object carries only where they come from.
/// </summary>
/// <example>
/// <para>Shows which environment a command run here would operate.</para>
/// <code>Get-OpsEnvironment | Format-List Name, File</code>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsEnvironment")]
[OutputType(typeof(OpsEnvironment))]
public sealed class GetOpsEnvironmentCommand : OpsCmdlet
{
    /// <summary>
    /// The file, or a folder that holds an ops.yaml. Without it the session's Connect-OpsEnvironment counts, then $env:OPS_ENVIRONMENT,
    /// then ops.yaml here or in a parent folder.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        Emit(EnvironmentLocator.Resolve(Path ?? ConnectedEnvironment, CurrentFolder, this));
        return Task.CompletedTask;
    }
}
