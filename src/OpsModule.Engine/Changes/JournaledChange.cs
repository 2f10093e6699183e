using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes;

/// <summary>A change under way.</summary>
internal sealed class JournaledChange(JournalFile file, JournalMask mask, TimeProvider time, string id, string action, string target,
    FileStream running, IOpsReporter reporter, IJournalForwarder? forwarder) : IJournaledChange
{
    private bool _ended;

    public string Id => id;

    public Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null) => AppendAsync(JournalEvent.Step, name, data: data);

    public async Task CompleteAsync(string summary, IReadOnlyDictionary<string, string>? data = null)
    {
        await EndAsync(JournalEvent.Completed, summary, null, data).ConfigureAwait(false);
        await ForwardAsync(hurried: false).ConfigureAwait(false);
    }

    public Task WaitAsync(DateTimeOffset until, string message) =>
        EndAsync(JournalEvent.Waiting, message, null, new Dictionary<string, string> { [JournalEntry.DueKey] = until.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture) });

    public async Task FailAsync(string errorId, string message)
    {
        bool cancelled = errorId == IJournaledChange.Cancelled;
        await EndAsync(cancelled ? JournalEvent.Cancelled : JournalEvent.Failed, message, errorId, null).ConfigureAwait(false);
        // A failure is reported as an error; of a run that was stopped nobody else says what is left of it.
        if (cancelled) reporter.Warning(mask.Text(message));
        await ForwardAsync(cancelled).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        if (!running.CanWrite) return ValueTask.CompletedTask;
        // Deleted while it is still held: who opened it meanwhile sees that it is gone.
        if (!OperatingSystem.IsWindows()) Delete(running.Name);
        running.Dispose();
        if (OperatingSystem.IsWindows()) Delete(running.Name);
        return ValueTask.CompletedTask;
    }

    internal Task AppendAsync(JournalEvent what, string? step = null, string? message = null, string? errorId = null,
        IReadOnlyDictionary<string, string>? data = null)
    {
        if (_ended) throw new InvalidOperationException($"The change {id} has ended; nothing can be added to it.");
        return file.AppendAsync((sequence, previous) => new JournalLine
        {
            Sequence = sequence,
            Time = time.GetUtcNow(),
            Change = id,
            Action = action,
            Target = target,
            Event = what,
            Step = step,
            Message = message is null ? null : mask.Text(message),
            ErrorId = errorId,
            Actor = Actor.Current,
            Data = mask.Data(data),
            Previous = previous,
        });
    }

    private async Task EndAsync(JournalEvent what, string message, string? errorId, IReadOnlyDictionary<string, string>? data)
    {
        await AppendAsync(what, null, message, errorId, data).ConfigureAwait(false);
        _ended = true;
        await DisposeAsync().ConfigureAwait(false);
    }

    private Task ForwardAsync(bool hurried) => forwarder?.SendAsync(id, hurried) ?? Task.CompletedTask;

    private static void Delete(string path)
    {
        try { File.Delete(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* an empty file stays; it says nothing */ }
    }
}
