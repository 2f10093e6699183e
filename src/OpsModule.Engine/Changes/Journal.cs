using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Changes;

/// <summary>The journal of one environment: JSON lines, hash-chained, flushed to disk at every line.</summary>
public sealed class Journal(OpsEnvironment environment, TimeProvider time) : IJournal
{
    /// <inheritdoc/>
    public Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null) =>
        throw new NotImplementedException($"{environment} {time}");

    /// <inheritdoc/>
    public Task<IJournaledChange> ContinueAsync(UnfinishedChange change) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null) => throw new NotImplementedException();
}
