using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Reporting;

/// <summary>One step of progress. Ids are stable for one activity; a parent id nests it.</summary>
/// <param name="Id">Identifies the activity within one cmdlet call.</param>
/// <param name="Activity">What is being done, for example <c>Back up main</c>.</param>
/// <param name="Status">How far it is, in words.</param>
/// <param name="PercentComplete">0 to 100, or -1 when the total is unknown.</param>
/// <param name="Remaining">Estimated time to the end, when it can be known.</param>
/// <param name="ParentId">The enclosing activity, or -1.</param>
/// <param name="Completed">True closes the activity.</param>
public sealed record OpsProgress(int Id, string Activity, string Status, int PercentComplete = -1,
    TimeSpan? Remaining = null, int ParentId = -1, bool Completed = false);

/// <summary>
/// Where the engine says what it is doing. Implementations must be safe to call from any thread and must not block for long.
/// </summary>
public interface IOpsReporter
{
    /// <summary>Shows or closes a progress activity.</summary>
    void Progress(OpsProgress progress);

    /// <summary>A detail for the curious. Never a secret.</summary>
    void Verbose(string message);

    /// <summary>Something the operator should know although the run goes on.</summary>
    void Warning(string message);

    /// <summary>A part that failed while the others go on.</summary>
    void Failed(OpsException error) => Warning($"{error.Message} {error.RecommendedAction}");
}

/// <summary>A reporter that says nothing.</summary>
public sealed class SilentReporter : IOpsReporter
{
    /// <summary>The one instance.</summary>
    public static readonly SilentReporter Instance = new();

    /// <inheritdoc/>
    public void Progress(OpsProgress progress) { }

    /// <inheritdoc/>
    public void Verbose(string message) { }

    /// <inheritdoc/>
    public void Warning(string message) { }
}
