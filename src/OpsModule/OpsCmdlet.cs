using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <summary>
/// The only base of the cmdlets. It runs the asynchronous body on the thread pool and pumps what the body says to the pipeline
/// thread, the only one that may write. Ctrl+C, or a pipeline that wants no more, cancels the body and waits until it has cleaned up.
/// </summary>
public abstract partial class OpsCmdlet : PSCmdlet, IOpsReporter, IDisposable
{
    // How long what a body says on the pipeline thread itself may wait for the body's first real wait.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly ProgressThrottle _progress = new();
    private readonly PipelineQueue _queue = new();
    private readonly CallVault _vault = new();
    private readonly object _state = new();
    private Runspace? _session;
    private bool _wantsVerbose = true, _isInline, _isBodyRunning, _isSettled;
    private int _pipelineThread;
    private long _inlineSince;
    private CultureInfo _culture = CultureInfo.InvariantCulture;
    private Exception? _refusal;
    private TaskCompletionSource? _bodyEnd;

    /// <summary>The current folder of the session's file system, which is not the process's; a path that .NET knows, whatever the drive.</summary>
    protected string CurrentFolder { get; private set; } = "/";

    /// <summary>What <c>Connect-OpsEnvironment</c> left for this session; null where nothing is connected.</summary>
    protected object? ConnectedEnvironment
    {
        get => SessionEnvironment.Of(_session);
        set => SessionEnvironment.Set(_session, value);
    }

    /// <summary>Whether -WhatIf is on: given as a switch, or by the session's preference.</summary>
    protected bool IsWhatIf => IsGiven("WhatIf", () => LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference")));

    /// <summary>Whether a parameter was given, to tell a given value from a default.</summary>
    protected bool IsBound(string parameterName) => MyInvocation.BoundParameters.ContainsKey(parameterName);

    /// <summary>Looks at what was given as parameters, on the pipeline thread, which alone may ask the session; before <see cref="BeginAsync"/>.</summary>
    /// <exception cref="OpsException">It cannot be used; ends the call.</exception>
    private protected virtual void Given()
    {
    }

    /// <summary>Looks at what was piped in, on the pipeline thread; before <see cref="ProcessAsync"/>.</summary>
    /// <exception cref="OpsException">It cannot be used; the next one is taken.</exception>
    private protected virtual void Arrived()
    {
    }

    /// <summary>What runs for an input.</summary>
    private protected virtual Task RunOneAsync(CancellationToken cancellationToken) => ProcessAsync(cancellationToken);

    /// <summary>Runs once before the first input.</summary>
    protected virtual Task BeginAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs for each input object, or once when nothing is piped in.</summary>
    protected virtual Task ProcessAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs once after the last input.</summary>
    protected virtual Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What runs after the last input.</summary>
    private protected virtual Task ConcludeAsync(CancellationToken cancellationToken) => EndAsync(cancellationToken);

    /// <summary>Runs when nothing more will come: after the last phase, or after one that failed or was stopped. Must end soon, and not fail.</summary>
    protected virtual Task SettleAsync() => Task.CompletedTask;

    /// <summary>Writes one object to the pipeline, at once; safe from any thread.</summary>
    protected void Emit(object value)
    {
        object emitted = EmittedObject.In(value, EmittedEnvironment);
        Post(() => Hand(emitted));
    }

    /// <summary>The environment that what is emitted is of; null where there is none.</summary>
    protected virtual string? EmittedEnvironment => null;

    /// <summary>Writes one object to the pipeline; only on the pipeline thread, for those who hand over many at a time.</summary>
    protected void Write(object value) => Hand(EmittedObject.In(value, EmittedEnvironment));

    private void Hand(object value) => WriteObject(EmittedObject.Of(value), enumerateCollection: false);

    /// <summary>Runs something on the pipeline thread, in turn with what is written; safe from any thread.</summary>
    protected void OnPipelineThread(Action action) => Post(action);

    /// <summary>Writes one error for one failed item; the call goes on.</summary>
    protected void Fail(OpsException error) => Post(() => Say(error, WriteError));

    /// <summary>Asks whether to go on with one target; safe from any thread.</summary>
    protected async Task<bool> ShouldProcessAsync(string target, string action)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        (target, action) = (PrintableText.Of(target), PrintableText.Of(action));
        Post(() =>
        {
            try { answer.SetResult(Ask(target, action)); }
            catch (Exception e) { answer.SetException(e); throw; }
        });
        return await answer.Task.WaitAsync(_stop.Token).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks once more before something that nothing brings back, whatever the session's preference for confirming is; safe from any thread.
    /// </summary>
    /// <param name="question">What will be done, and what ends with it.</param>
    /// <param name="parameter">The parameter that says that it is meant, for where nobody can be asked.</param>
    protected async Task<bool> ShouldContinueAsync(string question, string parameter)
    {
        if (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? confirm) && confirm is SwitchParameter { IsPresent: false })
            return true;
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        question = PrintableText.Of(question);
        Post(() =>
        {
            try { answer.SetResult(ShouldContinue(question, MyInvocation.MyCommand.Name)); }
            catch (Exception e) when (OpsErrors.IsNoPrompt(e))
            {
                answer.SetResult(false);
                ThrowTerminating(new OpsException("ConfirmationNeeded", OpsErrorCategory.PermissionDenied,
                    $"{MyInvocation.MyCommand.Name} asks before it does this: {question} There is nobody to ask.",
                    $"Add {parameter} when it is meant, or -WhatIf to see what would happen.", null, e));
            }
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

    /// <summary>Finds what one argument means and runs something for all of it. That it cannot be found, and each that fails, is an error of its own.</summary>
    protected Task AttemptAllAsync<T>(Func<Task<IReadOnlyList<T>>> find, Func<T, Task> body) => AttemptAsync(async () =>
    {
        foreach (T found in await find().ConfigureAwait(false)) await AttemptAsync(() => body(found)).ConfigureAwait(false);
    });

    /// <inheritdoc/>
    public void Progress(OpsProgress progress)
    {
        if (_progress.IsDue(progress)) Post(() => Show(progress with { Activity = PrintableText.Of(progress.Activity), Status = PrintableText.Of(progress.Status) }));
    }

    /// <inheritdoc/>
    public void Verbose(string message)
    {
        if (_wantsVerbose) Post(() => WriteVerbose(PrintableText.Of(message)));
    }

    /// <inheritdoc/>
    void IOpsReporter.Failed(OpsException error) => Fail(error);

    /// <inheritdoc/>
    public void Warning(string message) => Post(() => WriteWarning(PrintableText.Of(message))); // names of files and what programs say may steer a terminal

    /// <summary>Calls <see cref="BeginAsync"/>.</summary>
    protected sealed override void BeginProcessing()
    {
        _session = Runspace.DefaultRunspace;
        _culture = CultureInfo.CurrentCulture;
        _pipelineThread = System.Environment.CurrentManagedThreadId;
        _wantsVerbose = IsGiven("Verbose", () => GetVariableValue("VerbosePreference")?.ToString() is not ("SilentlyContinue" or "Ignore"));
        CurrentFolder = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        try { Given(); }
        catch (OpsException e) { ThrowTerminating(e); }
        Termination.Enter(this);
        Pump(BeginAsync);
    }

    /// <summary>Calls <see cref="ProcessAsync"/>; for piped objects, of which there may be very many, on this thread until it really waits.</summary>
    protected sealed override void ProcessRecord()
    {
        try { Arrived(); }
        catch (OpsException e)
        {
            WriteError(OpsErrors.ToRecord(e));
            return;
        }
        Pump(RunOneAsync, inline: MyInvocation.ExpectingInput);
    }

    /// <summary>Calls <see cref="EndAsync"/>.</summary>
    protected sealed override void EndProcessing()
    {
        Pump(ConcludeAsync, last: true);
        Termination.Leave(this);
    }

    /// <summary>Cancels the body.</summary>
    protected sealed override void StopProcessing() => Cancel();

    /// <summary>Cancels the body and ends when it has cleaned up, whatever the pipeline thread does.</summary>
    internal async Task EndEarlyAsync()
    {
        Task end;
        lock (_state) end = _isBodyRunning ? (_bodyEnd ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        Cancel();
        await end.ConfigureAwait(false);
        if (!_isSettled) await SettleAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Termination.ParkIfRequested();
        Termination.Leave(this);
        _queue.Close();
        _vault.Dispose();
        _stop.Dispose();
    }

    /// <summary>Ends what the body still does.</summary>
    private protected void Cancel()
    {
        try { _stop.Cancel(); }
        catch (ObjectDisposedException) { /* it has already ended */ }
    }

    private bool IsGiven(string name, Func<bool> otherwise) =>
        MyInvocation.BoundParameters.TryGetValue(name, out object? given) ? given is SwitchParameter { IsPresent: true } or true : otherwise();

    private void ThrowTerminating(OpsException error) => Say(error, ThrowTerminatingError);

    private void Say(OpsException error, Action<ErrorRecord> asError)
    {
        if (OpsErrors.IsOnlySaid(error, MyInvocation)) WriteWarning(PrintableText.Of(error.Message));
        else asError(OpsErrors.ToRecord(error));
    }

    private bool Ask(string target, string action)
    {
        try { return ShouldProcess(target, action); }
        catch (Exception e) when (OpsErrors.IsNoPrompt(e))
        {
            ThrowTerminating(new OpsException("ConfirmationNeeded", OpsErrorCategory.PermissionDenied,
                $"{MyInvocation.MyCommand.Name} asks before it does this: {action}, on {target}. There is nobody to ask.",
                "Add -Confirm:$false when it is meant, or -WhatIf to see what would happen.", target, e));
            return false;
        }
    }

    private void Show(OpsProgress progress) => WriteProgress(ProgressThrottle.ToRecord(progress));
}
