using System.Management.Automation;
using OpsModule.Engine;

namespace OpsModule;

/// <summary>
/// The seam between a cmdlet and what runs it. PowerShell is one implementation, the <c>ops</c> host and the tests are others.
/// All members are called on the pipeline thread only.
/// </summary>
public interface ICmdletOutput
{
    /// <summary>Writes one object to the pipeline. May throw to stop the pipeline (<c>Select-Object -First</c>).</summary>
    void WriteObject(object value);

    /// <summary>Writes one non-terminating error.</summary>
    void WriteError(OpsException error);

    /// <summary>Writes a warning.</summary>
    void WriteWarning(string message);

    /// <summary>Writes a verbose message.</summary>
    void WriteVerbose(string message);

    /// <summary>False when nobody would see verbose messages, so that making them can be spared.</summary>
    bool WantsVerbose => true;

    /// <summary>Shows progress.</summary>
    void WriteProgress(OpsProgress progress);

    /// <summary>Asks whether to go on with one target; false under -WhatIf or when the person declines.</summary>
    bool ShouldProcess(string target, string action);

    /// <summary>Ends the call with a terminating error; never returns.</summary>
    void ThrowTerminating(OpsException error);

    /// <summary>The current folder, which in PowerShell is not the process's.</summary>
    string CurrentDirectory { get; }

    /// <summary>What <c>Connect-OpsEnvironment</c> left for this session.</summary>
    object? SessionEnvironment { get; set; }

    /// <summary>
    /// True when a parameter was given, to tell a given value from a default. Outside PowerShell this is also how a switch is read
    /// (see <c>OpsCmdlet.IsOn</c>), so there <c>-Switch:$false</c> counts as not given.
    /// </summary>
    bool IsBound(string parameterName);
}
