using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Keeps what the engine says.</summary>
public sealed class RecordingReporter : IOpsReporter
{
    public List<string> Warnings { get; } = [];

    public List<string> Details { get; } = [];

    public void Progress(OpsProgress progress) { }

    public void Verbose(string message)
    {
        lock (Details) Details.Add(message);
    }

    public void Warning(string message)
    {
        lock (Warnings) Warnings.Add(message);
    }
}
