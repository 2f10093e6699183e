using System.Management.Automation;

namespace OpsModule.Environments;

/// <summary>Forgets the environment that Connect-OpsEnvironment chose for this session.</summary>
/// <example>
/// <para>From here on the current folder decides again.</para>
/// <code>Disconnect-OpsEnvironment</code>
/// </example>
[Cmdlet(VerbsCommunications.Disconnect, "OpsEnvironment")]
public sealed class DisconnectOpsEnvironmentCommand : OpsCmdlet
{
    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        OnPipelineThread(() => ConnectedEnvironment = null);
        return Task.CompletedTask;
    }
}
