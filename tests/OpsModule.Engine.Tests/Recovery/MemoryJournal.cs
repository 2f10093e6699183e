using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A journal in memory, for tests that look at what was written.</summary>
internal sealed class MemoryJournal : IJournal
{
    public List<Change> Changes { get; } = [];
    public Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null)
    {
        var c = new Change { Id = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'") + "-" + Guid.NewGuid().ToString("N")[..4], Action = action, Target = target };
        foreach (var (k, v) in data ?? new Dictionary<string, string>()) c.Data[k] = v;
        Changes.Add(c);
        return Task.FromResult<IJournaledChange>(c);
    }
    public Task<IJournaledChange> ContinueAsync(UnfinishedChange change) => Task.FromResult<IJournaledChange>(Changes.Single(c => c.Id == change.Id));
    public IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null) =>
        [.. Changes.Where(c => c.End is null && (target is null || c.Target == target)).Select(c => new UnfinishedChange(c.Id, c.Action, c.Target, DateTimeOffset.UtcNow, c.Steps.LastOrDefault(), c.Data))];
    internal sealed class Change : IJournaledChange
    {
        public string Id { get; set; } = "";
        public string Action { get; set; } = "";
        public string Target { get; set; } = "";
        public List<string> Steps { get; } = [];
        public Dictionary<string, string> Data { get; } = [];
        public string? End { get; private set; }
        public Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null)
        {
            Steps.Add(name);
            foreach (var (k, v) in data ?? new Dictionary<string, string>()) Data[k] = v;
            return Task.CompletedTask;
        }
        public Task CompleteAsync(string summary, IReadOnlyDictionary<string, string>? data = null) { End = "ok"; return Task.CompletedTask; }
        public Task FailAsync(string errorId, string message) { End = errorId; return Task.CompletedTask; }
        public ValueTask DisposeAsync() => default;
    }
}
