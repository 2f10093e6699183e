using System.Management.Automation;
using OpsModule.Engine.Health;

namespace OpsModule.Health;

/// <summary>Base of the cmdlets that look at the health of an environment: what to look at, and for how long.</summary>
public abstract class OpsHealthCmdlet : OpsEnvironmentCmdlet
{
    /// <summary>Only these checks: names such as disk.free, groups such as database (checks for those of the environment file), or patterns with * and ?.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[]? Check { get; set; }

    /// <summary>Only what belongs to these services.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Service { get; set; }

    /// <summary>Seconds that each target may take.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int Timeout { get; set; } = 10;

    /// <summary>What was asked for.</summary>
    protected HealthRequest HealthRequest => new() { Checks = Check, Services = Service, Timeout = TimeSpan.FromSeconds(Timeout) };
}
