using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <content>The pump: the body runs, and the pipeline thread says what it has to say.</content>
public abstract partial class OpsCmdlet
{
    private void Post(Action action)
    {
        if (System.Environment.CurrentManagedThreadId != _pipelineThread)
        {
            _queue.Add(action);
            return;
        }
        bool isFull = _queue.AddAtOnce(action);
        if (!_isInline || _refusal is not null || !(isFull || Stopwatch.GetElapsedTime(_inlineSince) > Patience)) return;
        try { SayWhatIsThere(); }
        catch (Exception e)
        {
            // The pipeline wants no more. The body, which stands below on this stack, learns that as any other body does: it is cancelled.
            _refusal = e;
            Cancel();
            throw new OperationCanceledException(_stop.Token);
        }
    }

    private void SayWhatIsThere()
    {
        // The cmdlets that come next speak the language of the session.
        CultureInfo own = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = _culture;
        try { while (_queue.TryTake() is { } said) said(); }
        finally { CultureInfo.CurrentCulture = own; }
        _inlineSince = Stopwatch.GetTimestamp();
    }

    private void Pump(Func<CancellationToken, Task> phase, bool inline = false, bool last = false)
    {
        lock (_state) _isBodyRunning = true;
        _queue.Open(bounded: !inline);
        SecretVault.Current = _vault;
        Task body = Begin(phase, inline, last);
        SecretVault.Current = null;
        try
        {
            if (_refusal is { } refusal) ExceptionDispatchInfo.Throw(refusal);
            while (_queue.Take() is { } said) said();
        }
        catch
        {
            // The pipeline wants no more. The body must have cleaned up before PowerShell goes on.
            Cancel();
            _queue.Close();
            ((IAsyncResult)body).AsyncWaitHandle.WaitOne();
            Termination.ParkIfRequested();
            throw;
        }
        finally { CloseActivities(); }
        Finish(body);
        Termination.ParkIfRequested();
    }

    private Task Begin(Func<CancellationToken, Task> phase, bool inline, bool last)
    {
        if (!inline) return Task.Run(() => RunAsync(phase, last));
        _isInline = true;
        _inlineSince = Stopwatch.GetTimestamp();
        try { return RunAsync(phase, last); }
        finally
        {
            _isInline = false;
            _queue.Listen();
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task> phase, bool last)
    {
        bool more = false;
        // What is said, stored and sent is the same whoever runs it. The culture is this body's alone: it flows with it, and not back.
        (RecordValue.Session.Value, CultureInfo.CurrentCulture) = (_culture, CultureInfo.InvariantCulture);
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
                if (!more)
                {
                    _isSettled = true;
                    await SettleAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                lock (_state)
                {
                    _isBodyRunning = false;
                    _bodyEnd?.TrySetResult();
                }
                _queue.End();
            }
        }
    }

    private void CloseActivities()
    {
        foreach (int id in _progress.CloseAll())
        {
            try { Show(new OpsProgress(id, "Done", "Done", Completed: true)); }
            catch { /* the pipeline may already be closed */ }
        }
    }

    private void Finish(Task body)
    {
        try { body.GetAwaiter().GetResult(); }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
        catch (OpsException e) { if (!_stop.IsCancellationRequested) ThrowTerminating(e); }
        catch (Exception e) when (e is not PipelineStoppedException && e.GetType().Namespace?.StartsWith("System.Management", StringComparison.Ordinal) is not true)
        {
            if (_stop.IsCancellationRequested) return;
            WriteVerbose(PrintableText.Of(e.ToString()));
            ThrowTerminating(new OpsException("Unexpected", OpsErrorCategory.NotSpecified,
                $"{e.GetType().Name}: {e.Message}", "This is a defect of OpsModule. Please report it with the command and -Verbose output.", null, e));
        }
    }
}
