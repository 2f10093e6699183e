using OpsModule.Engine;

namespace OpsModule.Host.Running;

/// <summary>What the pipelines of one run share.</summary>
internal sealed class PipelineRun(IConsole console, string currentDirectory)
{
    public IConsole Console => console;

    public string CurrentDirectory => currentDirectory;

    /// <summary>What Connect-OpsEnvironment left for the pipelines after it.</summary>
    public object? SessionEnvironment { get; set; }

    /// <summary>True once an error was written.</summary>
    public bool Failed { get; private set; }

    public void Report(OpsException error)
    {
        Failed = true;
        console.Error(error);
    }
}
