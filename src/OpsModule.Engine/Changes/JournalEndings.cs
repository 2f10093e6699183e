using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Changes;

/// <summary>How changes end that did not end well.</summary>
internal static class JournalEndings
{
    /// <summary>Records what ended the change: a failure, or that it was stopped.</summary>
    /// <param name="change">The change.</param>
    /// <param name="cause">What ended it.</param>
    /// <param name="otherwise">The error's id where the cause has none.</param>
    /// <param name="whenStopped">A sentence for the one who stopped it: what was stopped, and what is left.</param>
    public static Task FailAsync(this IJournaledChange change, Exception cause, string otherwise, string whenStopped) => cause switch
    {
        OperationCanceledException => change.FailAsync(IJournaledChange.Cancelled, whenStopped),
        OpsException known => change.FailAsync(known.ErrorId, known.Message),
        _ => change.FailAsync(otherwise, cause.Message),
    };
}
