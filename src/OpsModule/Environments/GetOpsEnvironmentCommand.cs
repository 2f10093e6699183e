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
/// <example>
/// <para>The health of two environments; what is wrong with one does not stop the other.</para>
/// <code>Get-OpsEnvironment /srv/apex, /srv/shop | Test-OpsHealth</code>
/// </example>
/// <example>
/// <para>Every environment in folders below /srv.</para>
/// <code>Get-OpsEnvironment /srv/*</code>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsEnvironment", DefaultParameterSetName = nameof(Path))]
[OutputType(typeof(OpsEnvironment))]
public sealed class GetOpsEnvironmentCommand : OpsCmdlet
{
    /// <summary>
    /// Files, or folders that hold an ops.yaml; wildcards are allowed. Without it the session's Connect-OpsEnvironment counts, then
    /// $env:OPS_ENVIRONMENT, then ops.yaml here or in a parent folder.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Files and folders, whose names are taken as they are: no character is a wildcard. Get-ChildItem and Get-Item give them.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = nameof(LiteralPath))]
    [Alias("PSPath", "LP", "File")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if ((Path ?? LiteralPath) is not { } patterns)
        {
            Emit(EnvironmentLocator.Resolve(ConnectedEnvironment, CurrentFolder, this));
            return;
        }
        foreach (string pattern in patterns)
            foreach (string file in EnvironmentLocator.Match(pattern, Fail))
                await AttemptAsync(() =>
                {
                    Emit(EnvironmentLocator.Resolve(file, CurrentFolder, this));
                    return Task.CompletedTask;
                }).ConfigureAwait(false);
    }
}
