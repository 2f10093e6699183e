using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A journal that does something as soon as a step is written: so faults come at a known place.</summary>
public sealed class StepJournal(IJournal journal, string step, Func<Task> fault) : IJournal
{
    public async Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null) =>
        new Change(await journal.BeginAsync(action, target, data), step, fault);

    public async Task<IJournaledChange> ContinueAsync(UnfinishedChange change) => new Change(await journal.ContinueAsync(change), step, fault);

    public IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null) => journal.FindUnfinished(target);

    public JournalEntry? Find(string id) => journal.Find(id);

    public IReadOnlyList<JournalEntry> FindParts(string parent) => journal.FindParts(parent);

    public JournalEntry? FindUndo(string id) => journal.FindUndo(id);

    public IReadOnlyDictionary<string, JournalEntry> FindUndos(IReadOnlyCollection<string> ids) => journal.FindUndos(ids);

    private sealed class Change(IJournaledChange change, string step, Func<Task> fault) : IJournaledChange
    {
        public string Id => change.Id;

        public async Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null)
        {
            await change.StepAsync(name, data);
            if (name == step) await fault();
        }

        public Task CompleteAsync(string summary, IReadOnlyDictionary<string, string>? data = null) => change.CompleteAsync(summary, data);

        public Task WaitAsync(DateTimeOffset until, string message) => change.WaitAsync(until, message);

        public Task FailAsync(string errorId, string message) => change.FailAsync(errorId, message);

        public ValueTask DisposeAsync() => change.DisposeAsync();
    }
}
