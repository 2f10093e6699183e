using OpsModule.Engine;

namespace OpsModule.Host.Running;

/// <summary>What the pipelines of one run share.</summary>
internal sealed class PipelineRun(IConsole console, string currentDirectory)
{
    public IConsole Console => console;

    public string CurrentDirectory => currentDirectory;

    /// <summary>What Connect-OpsEnvironment left for the pipelines after it.</summary>
    public object? SessionEnvironment { get; set; }

    /// <summary>True once an error was written, or a result said that something is not as it must be.</summary>
    public bool Failed { get; private set; }

    /// <summary>The exit code of a run that was stopped; 0 while it was not.</summary>
    public int StoppedWith { get; private set; }

    /// <summary>True once somebody has said what was stopped.</summary>
    public bool StopExplained { get; private set; }

    public void Stop(int exitCode) => StoppedWith = exitCode;

    public void FoundBad() => Failed = true;

    public void Warn(string message)
    {
        StopExplained |= StoppedWith != 0;
        console.Warning(message);
    }

    public void Report(OpsException error)
    {
        Failed = true;
        console.Error(error);
    }
}
