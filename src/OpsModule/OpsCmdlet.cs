using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using OpsModule.Engine;

namespace OpsModule;

/// <summary>
/// The only base of the cmdlets. It runs the asynchronous body on the thread pool and pumps what the body says to the pipeline
/// thread, the only one that may write. Ctrl+C, or a pipeline that wants no more, cancels the body and waits until it has cleaned up.
/// </summary>
public abstract class OpsCmdlet : PSCmdlet, IOpsReporter, IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private const int QueueLength = 256;

    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<int> _openActivities = [];
    private readonly Dictionary<int, DateTime> _lastProgress = [];
    private ICmdletOutput? _output;
    private bool _wantsVerbose = true;
    private readonly ConcurrentQueue<Action> _later = new();
    private BlockingCollection<Action>? _queue;

    /// <summary>What runs this cmdlet; PowerShell unless a host has put itself here before the call.</summary>
    public ICmdletOutput Output
    {
        get => _output ??= new PowerShellOutput(this);
        set => _output = value;
    }

    /// <summary>Runs once before the first input.</summary>
    protected virtual Task BeginAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs for each input object, or once when nothing is piped in.</summary>
    protected virtual Task ProcessAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs once after the last input.</summary>
    protected virtual Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs when nothing more will come: after the last phase, or after one that failed or was stopped. Must end soon, and not fail.</summary>
    protected virtual Task SettleAsync() => Task.CompletedTask;

    /// <summary>Writes one object to the pipeline, at once; safe from any thread.</summary>
    protected void Emit(object value) => Post(() => Output.WriteObject(value));

    /// <summary>
    /// Whether a switch is on. Ask this, never the switch itself: in PowerShell the switch holds the answer, but the reference assembly
    /// that other hosts run with has a switch that can hold nothing, so there the host answers by the parameter's name.
    /// </summary>
    protected bool IsOn(SwitchParameter value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value.IsPresent || (Output is not PowerShellOutput && Output.IsBound(name));

    /// <summary>Runs something on the pipeline thread, in turn with what is written; safe from any thread.</summary>
    protected void OnPipelineThread(Action action) => Post(action);

    /// <summary>Writes one error for one failed item; the call goes on.</summary>
    protected void Fail(OpsException error) => Post(() => Output.WriteError(error));

    /// <summary>Asks whether to go on with one target; safe from any thread.</summary>
    protected async Task<bool> ShouldProcessAsync(string target, string action)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        (target, action) = (PrintableText.Of(target), PrintableText.Of(action));
        Post(() =>
        {
            try { answer.SetResult(Output.ShouldProcess(target, action)); }
            catch (Exception e) { answer.SetException(e); throw; }
        });
        return await answer.Task.WaitAsync(_stop.Token).ConfigureAwait(false);
    }

    /// <summary>Runs something for one item and turns a failure into that item's error record.</summary>
    protected async Task AttemptAsync(Func<Task> body)
    {
        try { await body().ConfigureAwait(false); }
        catch (OpsException e) when (!_stop.IsCancellationRequested) { Fail(e); }
    }

    /// <inheritdoc/>
    public void Progress(OpsProgress progress)
    {
        if (IsDue(progress)) Post(() => Output.WriteProgress(progress with { Activity = PrintableText.Of(progress.Activity), Status = PrintableText.Of(progress.Status) }));
    }

    /// <inheritdoc/>
    public void Verbose(string message)
    {
        if (_wantsVerbose) Post(() => Output.WriteVerbose(PrintableText.Of(message)));
    }

    /// <inheritdoc/>
    public void Warning(string message) => Post(() => Output.WriteWarning(PrintableText.Of(message))); // names of files and what programs say may steer a terminal

    /// <summary>Calls <see cref="BeginAsync"/>.</summary>
    protected sealed override void BeginProcessing() => Pump(BeginAsync);

    /// <summary>Calls <see cref="ProcessAsync"/>.</summary>
    protected sealed override void ProcessRecord() => Pump(ProcessAsync);

    /// <summary>Calls <see cref="EndAsync"/>.</summary>
    protected sealed override void EndProcessing() => Pump(EndAsync, last: true);

    /// <summary>Cancels the body.</summary>
    protected sealed override void StopProcessing() => Cancel();

    /// <summary>Cancels the body; for hosts other than PowerShell.</summary>
    public void Cancel()
    {
        try { _stop.Cancel(); }
        catch (ObjectDisposedException) { /* it has already ended */ }
    }

    /// <summary>Calls one phase from a host other than PowerShell.</summary>
    internal void RunPhase(CmdletPhase phase) => Pump(phase switch
    {
        CmdletPhase.Begin => BeginAsync,
        CmdletPhase.Process => ProcessAsync,
        _ => EndAsync,
    }, last: phase == CmdletPhase.End);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _stop.Dispose();
    }

    /// <summary>Throttled here, before the queue, so that a body that reports at every block costs nothing.</summary>
    private bool IsDue(OpsProgress progress)
    {
        lock (_lastProgress)
        {
            DateTime now = DateTime.UtcNow;
            if (progress.Completed) return _openActivities.Remove(progress.Id);
            if (!_openActivities.Add(progress.Id) && now - _lastProgress[progress.Id] < ProgressInterval) return false;
            _lastProgress[progress.Id] = now;
            return true;
        }
    }

    private void Post(Action action)
    {
        try
        {
            if (_queue is { } queue)
            {
                queue.Add(action);
                return;
            }
        }
        catch (InvalidOperationException) { }
        // What goes on in the background may speak between two phases; the next one says it. After the last nobody listens.
        _later.Enqueue(action);
    }

    private void Pump(Func<CancellationToken, Task> phase, bool last = false)
    {
        _wantsVerbose = Output.WantsVerbose;
        // Bounded: a body that is faster than the rest of the pipeline waits for it instead of filling the memory.
        using var queue = new BlockingCollection<Action>(QueueLength);
        _queue = queue;
        Task body = Task.Run(async () =>
        {
            bool more = false;
            try
            {
                await phase(_stop.Token).ConfigureAwait(false);
                more = !last;
            }
            finally
            {
                // Whatever becomes of the settling: the pipeline thread waits until it is told that nothing more will come.
                try
                {
                    if (!more) await SettleAsync().ConfigureAwait(false);
                }
                finally { queue.CompleteAdding(); }
            }
        });
        try
        {
            while (_later.TryDequeue(out Action? said)) said();
            foreach (Action action in queue.GetConsumingEnumerable()) action();
        }
        catch
        {
            // The pipeline wants no more. The body must have cleaned up before PowerShell goes on.
            Cancel();
            while (!body.IsCompleted) queue.TryTake(out _, 50);
            throw;
        }
        finally
        {
            _queue = null;
            CloseActivities();
        }
        Finish(body);
    }

    private void CloseActivities()
    {
        int[] open;
        lock (_lastProgress)
        {
            open = [.. _openActivities];
            _openActivities.Clear();
        }
        foreach (int id in open)
        {
            try { Output.WriteProgress(new OpsProgress(id, "Done", "Done", Completed: true)); }
            catch { /* the pipeline may already be closed */ }
        }
    }

    private void Finish(Task body)
    {
        try { body.GetAwaiter().GetResult(); }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
        catch (OpsException e) { if (!_stop.IsCancellationRequested) Output.ThrowTerminating(e); }
        catch (Exception e) when (e is not PipelineStoppedException && e.GetType().Namespace?.StartsWith("System.Management", StringComparison.Ordinal) is not true)
        {
            if (_stop.IsCancellationRequested) return;
            Output.WriteVerbose(PrintableText.Of(e.ToString()));
            Output.ThrowTerminating(new OpsException("Unexpected", OpsErrorCategory.NotSpecified,
                $"{e.GetType().Name}: {e.Message}", "This is a defect of OpsModule. Please report it with the command and -Verbose output.", null, e));
        }
    }
}

/// <summary>The three phases of a cmdlet call.</summary>
internal enum CmdletPhase
{
    /// <summary>Before the first input.</summary>
    Begin,
    /// <summary>For each input.</summary>
    Process,
    /// <summary>After the last input.</summary>
    End,
}
