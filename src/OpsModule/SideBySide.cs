using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule;

/// <summary>Runs several pieces of work at once, no more than a limit; the next one begins when one has ended.</summary>
internal sealed class SideBySide(int limit)
{
    private readonly SemaphoreSlim _places = new(limit);
    private readonly List<Task> _running = [];
    private int _number;

    /// <summary>Begins a piece as soon as there is a place. It is told its number, and ends by itself, whatever becomes of the others.</summary>
    public async Task StartAsync(Func<int, Task> work, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        int number = _number++;
        Task piece = Task.Run(async () =>
        {
            try { await work(number).ConfigureAwait(false); }
            finally { _places.Release(); }
        }, CancellationToken.None);
        lock (_running)
        {
            _running.RemoveAll(t => t.IsCompletedSuccessfully);
            _running.Add(piece);
        }
    }

    /// <summary>Ends when all have ended, and fails with the first that did.</summary>
    public Task WhenAllAsync()
    {
        lock (_running) return Task.WhenAll(_running);
    }

    /// <summary>The same context, in which the bars of progress are a piece's own.</summary>
    public static OpsContext Apart(OpsContext context, int number) => number == 0 ? context : context with { Reporter = new OwnBars(context.Reporter, number * 100) };

    private sealed class OwnBars(IOpsReporter inner, int shift) : IOpsReporter
    {
        public void Progress(OpsProgress progress) => inner.Progress(progress with { Id = progress.Id + shift, ParentId = progress.ParentId >= 0 ? progress.ParentId + shift : progress.ParentId });

        public void Verbose(string message) => inner.Verbose(message);

        public void Warning(string message) => inner.Warning(message);

        public void Failed(OpsException error) => inner.Failed(error);
    }
}
