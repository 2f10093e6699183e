using System.Management.Automation;

namespace OpsModule;

/// <summary>A cmdlet that logs in to databases of the environment, and may be told as whom.</summary>
internal interface ICredentialCmdlet
{
    /// <summary>The user and the password that count in place of the environment's.</summary>
    PSCredential? Credential { get; }
}
