using OpsModule.Foundations.Text;

namespace OpsModule.Foundations.Errors;

/// <summary>What kind of thing went wrong; the cmdlets map it to PowerShell's <c>ErrorCategory</c> of the same name.</summary>
public enum OpsErrorCategory
{
    /// <summary>None of the others.</summary>
    NotSpecified,
    /// <summary>A parameter or a setting has a value that cannot be used.</summary>
    InvalidArgument,
    /// <summary>Stored or received data is not what it claims to be.</summary>
    InvalidData,
    /// <summary>The thing asked for does not exist.</summary>
    ObjectNotFound,
    /// <summary>Something of that name is already there.</summary>
    ResourceExists,
    /// <summary>Another run holds the lock, or the target is in use.</summary>
    ResourceBusy,
    /// <summary>A server, program or file that is needed is missing or unreachable.</summary>
    ResourceUnavailable,
    /// <summary>The other side refused who we are or what we may do.</summary>
    PermissionDenied,
    /// <summary>It took longer than allowed.</summary>
    OperationTimeout,
    /// <summary>The run was cancelled.</summary>
    OperationStopped,
    /// <summary>The target is in a state in which this cannot be done.</summary>
    InvalidOperation,
    /// <summary>A result is not as it must be.</summary>
    InvalidResult,
    /// <summary>Reading failed.</summary>
    ReadError,
    /// <summary>Writing failed.</summary>
    WriteError,
}

/// <summary>
/// The one error type of the engine. The message says what was found and what was expected;
/// <see cref="RecommendedAction"/> says what to do. It never contains a secret. Names of files and what servers answer stand in it, so both are made safe to show.
/// </summary>
public sealed class OpsException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="errorId">A stable id in PascalCase, for scripts that catch it.</param>
    /// <param name="category">The kind of error.</param>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="recommendedAction">What the operator should do next.</param>
    /// <param name="target">The item that failed, as the user knows it.</param>
    /// <param name="inner">The cause, kept for debugging.</param>
    public OpsException(string errorId, OpsErrorCategory category, string message, string recommendedAction,
        object? target = null, Exception? inner = null) : base(PrintableText.Of(message), inner)
    {
        ErrorId = errorId;
        Category = category;
        RecommendedAction = PrintableText.Of(recommendedAction);
        Target = target;
    }

    /// <summary>A stable id in PascalCase, for example <c>BackupNotFound</c>.</summary>
    public string ErrorId { get; }

    /// <summary>The kind of error.</summary>
    public OpsErrorCategory Category { get; }

    /// <summary>What the operator should do next, in one or two sentences.</summary>
    public string RecommendedAction { get; }

    /// <summary>The item that failed.</summary>
    public object? Target { get; }
}
