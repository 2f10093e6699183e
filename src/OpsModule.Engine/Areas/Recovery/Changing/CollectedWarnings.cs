using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Keeps warnings for a plan, which tells them to whoever is asked; all else is said at once.</summary>
internal sealed class CollectedWarnings(IOpsReporter reporter) : IOpsReporter
{
    private readonly List<string> _warnings = [];

    /// <summary>What there is to know.</summary>
    public IReadOnlyList<string> All => _warnings;

    public void Progress(OpsProgress progress) => reporter.Progress(progress);

    public void Verbose(string message) => reporter.Verbose(message);

    public void Warning(string message)
    {
        lock (_warnings) _warnings.Add(message);
    }
}
