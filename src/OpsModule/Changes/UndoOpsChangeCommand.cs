using System.Management.Automation;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Changes;

/// <summary>
/// <para>Takes changes back: one that was killed, interrupted or waits, one that has ended well, or one that failed and left something.</para>
/// </summary>
/// <remarks>
/// <para>What is taken back depends on the change: a service that was stopped is started again, a copy of a backup is removed. A change
/// made of
/// several is taken back part by part, the last one first. What cannot be taken back says so, and why.</para>
/// <para>The journal has a change of its own for taking back one that had ended.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsChange -Last 1 | Undo-OpsChange</code>
/// <para>Takes back the last change.</para>
/// </example>
/// <example>
/// <code>Undo-OpsChange -Target service/api -WhatIf</code>
/// <para>Shows which unfinished changes of a service would be taken back.</para>
/// </example>
[Cmdlet(VerbsCommon.Undo, "OpsChange", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Change")]
[OutputType(typeof(JournalEntry))]
public sealed class UndoOpsChangeCommand : OpsChangeEndCmdlet
{
    /// <inheritdoc/>
    private protected override IEnumerable<JournalEntry> Ordered(IEnumerable<JournalEntry> changes) => changes.OrderByDescending(c =>
        c.Sequence);

    /// <inheritdoc/>
    private protected override async Task EndAsync(JournalEntry change, CancellationToken cancellationToken)
    {
        var runner = new ChangeRunner(Context);
        string what = $"{change.Action} of {change.Target}";
        if (change.Outcome is JournalOutcome.Running)
            throw ChangeErrors.ChangeNotUndoable.Make(
                $"The change {change.Id} ({what}) is being worked on by process {change.ProcessId} on {change.Host}.",
                "Stop it or wait until it has ended, then take it back.", change.Id);
        if (Context.Journal.FindUndo(change.Id) is { } before)
            throw ChangeErrors.ChangeNotUndoable.Make(
                $"The change {change.Id} ({what}) was taken back at {before.StartedAt:u} already, by {before.Id}.",
                $"To make it again, run {change.Action} anew.", change.Id);
        runner.CheckUndoable(change);
        string said = change.Message is { Length: > 0 } message ? $" ({message.TrimEnd('.')})" : "";
        if (!await ShouldProcessAsync($"{new Target(change.Target).Words} of {Context.Environment.Name}",
            $"Take back {change.Action} of {change.StartedAt:u}{said}").ConfigureAwait(false)) return;
        ChangeResult result = await runner.UndoAsync(change, cancellationToken).ConfigureAwait(false);
        EmitNow(result.Change ?? change.Id);
    }
}
