namespace OpsModule.Foundations.Errors;

/// <summary>One member of the catalogue of errors: what scripts and the module's own code tell errors apart by.</summary>
/// <param name="Id">The stable id in PascalCase that PowerShell shows, for example <c>DriftDetected</c>.</param>
/// <param name="Category">The kind of error.</param>
/// <param name="Page">The page of docs, with its anchor, that explains it.</param>
public sealed record ErrorCode(string Id, OpsErrorCategory Category, string Page)
{
    /// <summary>True when the fault lies with one source, so that another source of the same thing may do.</summary>
    public bool IsOfTheSource { get; init; }

    /// <summary>Makes the error.</summary>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="recommendedAction">What the operator should do next.</param>
    /// <param name="target">The item that failed, as the user knows it.</param>
    /// <param name="inner">The cause, kept for debugging.</param>
    public OpsException Make(string message, string recommendedAction, object? target = null, Exception? inner = null) => new(Id, Category, message, recommendedAction, target, inner);

    /// <summary>True for an error of this code.</summary>
    public bool Is(Exception error) => error is OpsException known && known.ErrorId == Id;

    /// <inheritdoc/>
    public override string ToString() => Id;
}
