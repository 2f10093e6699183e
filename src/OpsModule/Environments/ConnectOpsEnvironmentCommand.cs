using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule.Environments;

/// <summary>
/// Makes an environment the one that all cmdlets of this session operate, wherever the current folder is. Nothing is connected over the
/// network. Disconnect-OpsEnvironment ends it.
/// </summary>
/// <example>
/// <para>Operates the environment in /srv/apex from here on.</para>
/// <code>Connect-OpsEnvironment /srv/apex</code>
/// </example>
[Cmdlet(VerbsCommunications.Connect, "OpsEnvironment")]
[OutputType(typeof(OpsEnvironment))]
public sealed class ConnectOpsEnvironmentCommand : OpsCmdlet
{
    /// <summary>
    /// The file, or a folder that holds an ops.yaml; what Get-OpsEnvironment gives may be piped. Without it $env:OPS_ENVIRONMENT counts, then ops.yaml here or in a parent folder.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "File")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Path { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        OpsEnvironment environment = EnvironmentLocator.Resolve(Path, CurrentFolder, this);
        OnPipelineThread(() => ConnectedEnvironment = environment);
        Emit(environment);
        return Task.CompletedTask;
    }
}
