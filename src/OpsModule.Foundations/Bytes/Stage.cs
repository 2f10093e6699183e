using OpsModule.Foundations.Files;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// One step that bytes pass on their way to the stores. It is written to like a stream; <see cref="CompleteAsync"/> says that all
/// bytes came, and disposing without it abandons the step and everything behind it.
/// </summary>
public abstract class Stage : WriteOnlyStream
{
    /// <summary>Ends the data: writes what is held back and completes the next stage.</summary>
    public abstract Task CompleteAsync(CancellationToken cancellationToken);
}
