using System.Management.Automation;
using OpsModule.Engine.Areas.Rollouts;

namespace OpsModule.Rollouts;

/// <summary>Base of the cmdlets that say which image is brought out.</summary>
public abstract class OpsImageRolloutCmdlet : OpsRolloutCmdlet
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

    /// <summary>Asks the registry even where the image is there already: a tag may be given to another image.</summary>
    [Parameter]
    public SwitchParameter Pull { get; set; }

    /// <summary>Kubernetes: the container of the pod that gets the image; needed where several could be meant.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Container { get; set; }

    /// <inheritdoc/>
    private protected override RolloutOptions Asked =>
        base.Asked with { Image = Image, Tag = Tag, Digest = Digest, Pull = Pull, Container = Container };
}
