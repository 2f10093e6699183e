using System.Management.Automation;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Environments;

namespace OpsModule.Environments;

/// <summary>
/// Writes an environment file (ops.yaml) with comments. Where there is a compose file, its services, databases, caches, env files and
/// health checks are discovered from it; Docker is not needed for that. Secrets are never copied, only where they come from.
/// </summary>
/// <example>
/// <para>Writes ops.yaml in the current folder, from the compose file beside it.</para>
/// <code>New-OpsEnvironment</code>
/// </example>
/// <example>
/// <para>Shows what would be discovered, and writes nothing.</para>
/// <code>New-OpsEnvironment -ComposeFile deploy/compose.yaml -Name apex -WhatIf</code>
/// </example>
[Cmdlet(VerbsCommon.New, "OpsEnvironment", SupportsShouldProcess = true)]
[OutputType(typeof(OpsEnvironment))]
public sealed class NewOpsEnvironmentCommand : OpsCmdlet
{
    /// <summary>The file to write, or the folder to write ops.yaml in. The current folder by default.</summary>
    [Parameter(Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Path { get; set; }

    /// <summary>The compose file to read. By default the one beside the new file, under the names that Compose knows.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? ComposeFile { get; set; }

    /// <summary>The environment's name. By default the compose project's, else the folder's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Replaces a file that is already there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        EnvironmentProposal proposal = EnvironmentAuthor.Propose(new NewEnvironmentRequest
        {
            Path = Path ?? CurrentFolder,
            ComposeFile = ComposeFile,
            Name = Name,
            Force = Force,
        });
        foreach (string note in proposal.Notes) Warning(note);
        if (!await ShouldProcessAsync(proposal.File, $"Write an environment file ({proposal.Summary})")) return;

        OpsEnvironment written = EnvironmentAuthor.Write(proposal);
        Verbose($"Wrote {proposal.File} ({proposal.Summary}).");
        Emit(written);
    }
}
