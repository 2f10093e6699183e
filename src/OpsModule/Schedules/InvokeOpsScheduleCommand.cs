using System.Management.Automation;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Foundations.Errors;

namespace OpsModule.Schedules;

/// <summary>
/// Runs the line of an entry of the schedule, in this session: under a lock, with its beginning and end in the journal, and with a
/// terminating
/// error when it does not go well. It is what an exported schedule starts.
/// </summary>
/// <remarks>
/// <para>The line runs in the folder of the environment file and with its environment. What it gives comes out, and a last object tells
/// how it
/// went. An error of any cmdlet in it, a bad result (as Assert-OpsResult judges it) or a program that ends with another code than 0 makes
/// the run a
/// failure, though the rest of the line runs: pwsh ends with 1. A run that meets the one before is skipped, with a word and without an
/// error.</para>
/// <para>After a good run the URL of <c>ping:</c> is asked, three times at most, ten seconds each. That it does not answer is a
/// warning.</para>
/// </remarks>
/// <example>
/// <code>Invoke-OpsSchedule nightly</code>
/// <para>Runs the entry nightly now; its next run by the scheduler stays as it is.</para>
/// </example>
/// <example>
/// <code>Get-OpsSchedule | Where-Object Status -eq Overdue | Invoke-OpsSchedule -WhatIf</code>
/// <para>Shows the lines of what is overdue, one after another.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsSchedule", SupportsShouldProcess = true)]
[OutputType(typeof(ScheduleRunRecord), typeof(PSObject))]
public sealed class InvokeOpsScheduleCommand : OpsEnvironmentCmdlet
{
    // How long what was stopped has for its cleaning up before the journal says that the run has ended.
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(2);

    private readonly List<OpsException> _failed = [];

    /// <summary>The entries' names in the environment file, in any case and with wildcards; several run one after another.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        // A name means nothing without its environment, and one of the same name is not the same.
        CheckPipedIsOfThis();
        foreach (ScheduleEntry entry in new ScheduleService(Context).Choose(Name, _failed.Add))
        {
            try { await RunAsync(entry, cancellationToken).ConfigureAwait(false); }
            catch (OpsException e) when (!cancellationToken.IsCancellationRequested) { _failed.Add(e); }
        }
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken)
    {
        foreach (OpsException e in _failed.SkipLast(1)) Fail(e);
        return _failed.Count == 0 ? Task.CompletedTask : throw _failed[^1];
    }

    private async Task RunAsync(ScheduleEntry entry, CancellationToken cancellationToken)
    {
        RunLine line = RunLine.Parse(entry.Run);
        if (line.Problem is { } problem)
            throw ScheduleErrors.ScheduleLineInvalid.Make($"The line of {entry.Name} cannot be run: {problem}.",
                $"Correct schedule.{entry.Name}.run in the environment file; Test-OpsEnvironment looks at it.", entry.Name);
        if (!await ShouldProcessAsync($"schedule {entry.Name} of {Context.Environment.Name}", $"Run {entry.Run}").ConfigureAwait(
            false)) return;
        string[] commands = [.. line.Commands.Select(c => c.GetCommandName())];
        ScheduleRunRecord run = await new ScheduledRun(Context).RunAsync(entry, commands, token =>
            RunAsync(line, token), cancellationToken).ConfigureAwait(false);
        if (run.Outcome is ScheduleRunOutcome.Skipped) Warning($"{entry.Name}: {run.Message}");
        Emit(run);
    }

    private async Task<ScheduleLineOutcome> RunAsync(RunLine line, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<ScheduleLineOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        OnPipelineThread(() =>
        {
            try { done.TrySetResult(RunHere(line)); }
            catch (Exception e)
            {
                done.TrySetException(e);
                if (e is PipelineStoppedException) throw;
            }
        });
        try { return await done.Task.WaitAsync(cancellationToken).ConfigureAwait(false); }
        catch (OperationCanceledException)
        {
            // Ctrl+C stops the line as well. At SIGTERM the line's own cmdlets clean up beside this one, and never come back here.
            await Task.WhenAny(done.Task, Task.Delay(CleanUp, CancellationToken.None)).ConfigureAwait(false);
            throw;
        }
        catch (PipelineStoppedException e) { throw new OperationCanceledException("The line was stopped.", e, cancellationToken); }
    }

    /// <summary>Runs the line on the pipeline thread, with its environment and in its folder, and puts both back.</summary>
    private ScheduleLineOutcome RunHere(RunLine line)
    {
        object? connected = ConnectedEnvironment;
        ConnectedEnvironment = Context.Environment;
        SessionState.Path.PushCurrentLocation(nameof(InvokeOpsScheduleCommand));
        try
        {
            SessionState.Path.SetLocation(WildcardPattern.Escape(Context.Environment.Directory));
            return new LineRunner(InvokeCommand, SessionState.PSVariable, WriteObject, WriteError, WriteWarning).Run(line.ToScript());
        }
        finally
        {
            SessionState.Path.PopLocation(nameof(InvokeOpsScheduleCommand));
            ConnectedEnvironment = connected;
        }
    }
}
