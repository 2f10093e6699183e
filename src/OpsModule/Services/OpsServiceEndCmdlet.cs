using System.Management.Automation;

namespace OpsModule.Services;

/// <summary>Base of the cmdlets that end what runs.</summary>
public abstract class OpsServiceEndCmdlet : OpsServiceSequenceCmdlet
{
    /// <summary>How long a container may take to end by itself: 30s, 1m. Unless told, as long as its compose file gives it (stop_grace_period), or 10 seconds where that says nothing. Of a systemd unit, TimeoutStopSec says it instead.</summary>
    [Parameter]
    [Duration(Waits = true)]
    public TimeSpan? Grace { get; set; }
}
