using OpsModule.Engine;
using OpsModule.Host.Binding;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Running;

/// <summary>The cmdlets' seam on the host's side, for one command of a pipeline.</summary>
internal sealed class HostOutput(CmdletMetadata cmdlet, ParameterBinder binder, PipelineRun run, Action<object> next) : ICmdletOutput
{
    private bool? _answerForAll;

    public string CurrentDirectory => run.CurrentDirectory;

    public object? SessionEnvironment
    {
        get => run.SessionEnvironment;
        set => run.SessionEnvironment = value;
    }

    public bool WantsVerbose => binder.Common.Verbose;

    public void WriteObject(object value)
    {
        if (value is IVerdict verdict) run.Found(verdict);
        next(value);
    }

    public void WriteError(OpsException error)
    {
        switch (binder.Common.ErrorAction)
        {
            case Preference.Continue: run.Report(error); break;
            case Preference.Stop: throw new PipelineFailedException(error);
        }
    }

    public void WriteWarning(string message)
    {
        if (binder.Common.WarningAction is Preference.SilentlyContinue or Preference.Ignore) return;
        run.Warn(message);
        if (binder.Common.WarningAction == Preference.Stop)
            throw new PipelineFailedException(new OpsException("ActionPreferenceStop", OpsErrorCategory.OperationStopped,
                $"{cmdlet.Name} stopped at a warning, as -WarningAction Stop asks: {message}", "Correct what the warning names, or leave -WarningAction out."));
    }

    public void WriteVerbose(string message)
    {
        if (WantsVerbose) run.Console.Verbose(message);
    }

    public void WriteProgress(OpsProgress progress) => run.Console.Progress(progress);

    public void ThrowTerminating(OpsException error) => throw new PipelineFailedException(error);

    public bool IsBound(string parameterName) => binder.IsBound(parameterName);

    public bool ShouldProcess(string target, string action)
    {
        if (binder.Common.WhatIf)
        {
            run.Console.WhatIf($"What if: Performing the operation \"{action}\" on target \"{target}\".");
            return false;
        }
        bool ask = binder.Common.Confirm ?? cmdlet.ConfirmImpact == System.Management.Automation.ConfirmImpact.High;
        return !ask || (_answerForAll ?? Ask(target, action));
    }

    private bool Ask(string target, string action)
    {
        char answer = run.Console.Ask($"Performing the operation \"{action}\" on target \"{target}\".", "yanl") ?? throw new PipelineFailedException(new OpsException(
            "ConfirmationNeeded", OpsErrorCategory.PermissionDenied,
            $"{cmdlet.Name} asks before it does this: {action}, on {target}. There is nobody to ask.",
            "Add '-Confirm:$false' when it is meant, or -WhatIf to see what would happen.", target));
        if (answer is 'a' or 'l') _answerForAll = answer == 'a';
        return answer is 'y' or 'a';
    }
}
