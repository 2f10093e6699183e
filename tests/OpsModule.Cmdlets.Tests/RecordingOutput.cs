using OpsModule.Engine;

namespace OpsModule.Cmdlets.Tests;

/// <summary>Runs one cmdlet without a host and keeps what it says.</summary>
internal sealed class RecordingOutput(string currentDirectory, params string[] bound) : ICmdletOutput
{
    public List<object> Objects { get; } = [];
    public List<OpsException> Errors { get; } = [];
    public List<string> Warnings { get; } = [];
    public List<string> Questions { get; } = [];

    /// <summary>The answer to ShouldProcess; false is what -WhatIf gives.</summary>
    public bool Answer { get; init; } = true;

    public string CurrentDirectory => currentDirectory;

    public object? SessionEnvironment { get; set; }

    /// <summary>Runs all phases of a cmdlet.</summary>
    public RecordingOutput Run(OpsCmdlet cmdlet)
    {
        using (cmdlet)
        {
            cmdlet.Output = this;
            foreach (CmdletPhase phase in Enum.GetValues<CmdletPhase>()) cmdlet.RunPhase(phase);
        }
        return this;
    }

    public void WriteObject(object value) => Objects.Add(value);

    public void WriteError(OpsException error) => Errors.Add(error);

    public void WriteWarning(string message) => Warnings.Add(message);

    public void WriteVerbose(string message) { }

    public void WriteProgress(OpsProgress progress) { }

    public bool ShouldProcess(string target, string action)
    {
        Questions.Add($"{action} | {target}");
        return Answer;
    }

    public void ThrowTerminating(OpsException error) => throw error;

    public bool IsBound(string parameterName) => bound.Contains(parameterName);
}
