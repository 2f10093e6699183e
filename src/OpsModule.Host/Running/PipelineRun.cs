using OpsModule.Engine;

namespace OpsModule.Host.Running;

/// <summary>What the pipelines of one run share.</summary>
internal sealed class PipelineRun(IConsole console, string currentDirectory)
{
    public IConsole Console => console;

    public string CurrentDirectory => currentDirectory;

    /// <summary>What Connect-OpsEnvironment left for the pipelines after it.</summary>
    public object? SessionEnvironment { get; set; }

    /// <summary>0; 1 once an error was written; what a bad result asks for, where that is more.</summary>
    public int ExitCode { get; private set; }

    /// <summary>The exit code of a run that was stopped; 0 while it was not.</summary>
    public int StoppedWith { get; private set; }

    /// <summary>True once somebody has said what was stopped.</summary>
    public bool StopExplained { get; private set; }

    public void Stop(int exitCode) => StoppedWith = exitCode;

    public void Found(IVerdict verdict) => ExitCode = Math.Max(ExitCode, verdict.ExitCode());

    public void Warn(string message)
    {
        StopExplained |= StoppedWith != 0;
        console.Warning(message);
    }

    public void Report(OpsException error)
    {
        ExitCode = Math.Max(ExitCode, 1);
        console.Error(error);
    }
}
