using System.Management.Automation;

namespace OpsModule;

/// <summary>Base of the cmdlets that end what runs.</summary>
public abstract class OpsServiceEndCmdlet : OpsServiceCmdlet
{
    /// <summary>How long a container may take to end by itself: 30s, 1m. 10 seconds unless told. Of a systemd unit, TimeoutStopSec says it instead.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);
}
