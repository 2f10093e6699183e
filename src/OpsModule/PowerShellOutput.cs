using System.Management.Automation;
using System.Management.Automation.Host;
using OpsModule.Engine;

namespace OpsModule;

/// <summary>The seam's PowerShell side.</summary>
internal sealed class PowerShellOutput(PSCmdlet cmdlet) : ICmdletOutput
{
    private const string SessionVariable = "global:OpsModuleEnvironment";

    public void WriteObject(object value) => cmdlet.WriteObject(value is string text && !PrintableText.IsSafe(text) ? Foreign(text) : value, enumerateCollection: false);

    /// <summary>The same text, which a view shows safely where it reaches a terminal; in files and variables it stays as it is.</summary>
    private static PSObject Foreign(string text)
    {
        var shown = new PSObject(text);
        shown.TypeNames.Insert(0, "OpsModule.ForeignText");
        return shown;
    }

    public void WriteError(OpsException error) => cmdlet.WriteError(ToRecord(error));

    public void WriteWarning(string message) => cmdlet.WriteWarning(message);

    public void WriteVerbose(string message) => cmdlet.WriteVerbose(message);

    public bool ShouldProcess(string target, string action)
    {
        try { return cmdlet.ShouldProcess(target, action); }
        catch (Exception e) when (IsNoPrompt(e))
        {
            ThrowTerminating(new OpsException("ConfirmationNeeded", OpsErrorCategory.PermissionDenied,
                $"{cmdlet.MyInvocation.MyCommand.Name} asks before it does this: {action}, on {target}. There is nobody to ask.",
                "Add -Confirm:$false when it is meant, or -WhatIf to see what would happen.", target, e));
            return false;
        }
    }

    public void ThrowTerminating(OpsException error) => cmdlet.ThrowTerminatingError(ToRecord(error));

    // Not .Path, which on a drive made with New-PSDrive is no path that .NET knows.
    public string CurrentDirectory => cmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath;

    public object? SessionEnvironment
    {
        get => cmdlet.SessionState.PSVariable.GetValue(SessionVariable) is PSObject wrapped
            ? wrapped.BaseObject
            : cmdlet.SessionState.PSVariable.GetValue(SessionVariable);
        set => cmdlet.SessionState.PSVariable.Set(SessionVariable, value);
    }

    public bool IsBound(string parameterName) => parameterName switch
    {
        // A preference variable counts as much as the switch, which in turn may be given as off.
        "WhatIf" => IsOn("WhatIf", () => LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference"))),
        _ => cmdlet.MyInvocation.BoundParameters.ContainsKey(parameterName),
    };

    public bool WantsVerbose => IsOn("Verbose",
        () => cmdlet.GetVariableValue("VerbosePreference")?.ToString() is not ("SilentlyContinue" or "Ignore"));

    private bool IsOn(string name, Func<bool> otherwise) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue(name, out object? given) ? given is SwitchParameter { IsPresent: true } or true : otherwise();

    public void WriteProgress(OpsProgress progress)
    {
        var record = new ProgressRecord(progress.Id, progress.Activity, progress.Status.Length == 0 ? " " : progress.Status)
        {
            PercentComplete = progress.PercentComplete,
            SecondsRemaining = progress.Remaining is { } left ? (int)Math.Min(left.TotalSeconds, int.MaxValue) : -1,
            ParentActivityId = progress.ParentId,
            RecordType = progress.Completed ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        };
        cmdlet.WriteProgress(record);
    }

    /// <summary>What PowerShell throws where it cannot ask: with -NonInteractive, and where its standard input has ended.</summary>
    private static bool IsNoPrompt(Exception e) => e is NullReferenceException or NotImplementedException or PSInvalidOperationException or HostException;

    private static ErrorRecord ToRecord(OpsException error)
    {
        ErrorCategory category = Enum.TryParse(error.Category.ToString(), out ErrorCategory known) ? known : ErrorCategory.NotSpecified;
        var record = new ErrorRecord(error, error.ErrorId, category, error.Target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.RecommendedAction },
        };
        if (error.Target is not null) record.CategoryInfo.TargetName = PrintableText.Of($"{error.Target}");
        return record;
    }
}
