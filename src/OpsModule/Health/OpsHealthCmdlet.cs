using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;

namespace OpsModule.Health;

/// <summary>Base of the cmdlets that look at the health of an environment: what to look at, and for how long.</summary>
public abstract class OpsHealthCmdlet : OpsEnvironmentCmdlet, ICredentialCmdlet
{
    /// <summary>Only these checks: names such as disk.free, groups such as database (checks for those of the environment file), or patterns with wildcards, in any case.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CheckCompleter))]
    public string[]? Check { get; set; }

    /// <summary>Only what belongs to these services, in any case and with wildcards.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[]? Service { get; set; }

    /// <summary>Seconds that each target may take.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1h")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>What was asked for.</summary>
    protected HealthRequest HealthRequest => new() { Checks = Check, Services = Service, Timeout = Timeout, Unknown = FailOnce };

    private readonly HashSet<string> _told = [];

    /// <summary>Who watches asks in every round; that an environment has no such check is news only once.</summary>
    private void FailOnce(OpsException error)
    {
        lock (_told)
            if (!_told.Add($"{EmittedEnvironment}: {error.Message}")) return;
        Fail(error);
    }
}
