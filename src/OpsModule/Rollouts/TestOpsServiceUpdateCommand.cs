using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Says what speaks against an update of a service, or changes how it goes; nothing is changed.</para>
/// </summary>
/// <remarks>
/// <para>It looks at what keeps two instances from being there at once (fixed ports, names, addresses, volumes with one writer, shared
/// networks), at the image
/// (whether it is to be had, and for this kind of machine), at the room on the disk, at the health check, at the proxy and its
/// configuration, and at whether another
/// machine is at it. Refused means that Update-OpsService would not do it, StopFirst that each old instance stops before its new one
/// starts, Told that
/// somebody should know.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsServiceUpdate api -Tag 2.1 | Assert-OpsResult</code>
/// <para>Fails when the update would be refused.</para>
/// </example>
/// <example>
/// <code>Get-OpsService | Test-OpsServiceUpdate | Where-Object Effect -eq StopFirst</code>
/// <para>Shows which services cannot be brought out beside themselves, and why.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsServiceUpdate", DefaultParameterSetName = "Files")]
[OutputType(typeof(RolloutFinding))]
public sealed class TestOpsServiceUpdateCommand : OpsRolloutCmdlet
{
    /// <summary>The whole image, such as registry.example.net/shop/api:2.1.</summary>
    [Parameter(ParameterSetName = "Image", Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Image { get; set; }

    /// <summary>The tag alone, of the image that the service has.</summary>
    [Parameter(ParameterSetName = "Tag", Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Tag { get; set; }

    /// <summary>The digest alone (sha256:...), of the image that the service has.</summary>
    [Parameter(ParameterSetName = "Digest", Mandatory = true)]
    [ValidatePattern("^sha256:[0-9a-f]{64}$")]
    public string? Digest { get; set; }

    /// <summary>Asks the registry even where the image is there already.</summary>
    [Parameter]
    public SwitchParameter Pull { get; set; }

    /// <summary>Kubernetes: the container of the pod that would get the image; needed where several could be meant.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Container { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        RolloutOptions options = Asked with { Image = Image, Tag = Tag, Digest = Digest, Pull = Pull, Container = Container };
        foreach (ServiceRecord service in await FindServicesAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(async () =>
            {
                foreach (RolloutFinding finding in await new RolloutPlanner(Context).CheckAsync(service.Name, options,
                    cancellationToken).ConfigureAwait(false)) Emit(finding);
            }).ConfigureAwait(false);
    }
}
