namespace OpsModule.Engine.Changes;

/// <summary>Locks as files held open exclusively; the operating system releases them when the process ends.</summary>
public sealed class FileLocks(string stateDirectory, TimeProvider time) : ILockProvider
{
    /// <inheritdoc/>
    public IDisposable Acquire(string target, string action) => throw new NotImplementedException($"{stateDirectory} {time}");
}
