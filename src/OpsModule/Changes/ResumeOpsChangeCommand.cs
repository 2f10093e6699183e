using System.Management.Automation;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Changes;

/// <summary>
/// <para>Goes on with changes that were killed or interrupted, or that wait and are due.</para>
/// </summary>
/// <remarks>
/// <para>What was done stays done: each step that the journal has as ended is passed over, and one that was begun finds out how far it
/// came. What
/// cannot be gone on with says so, and Undo-OpsChange takes it back.</para>
/// <para>One line in a schedule, <c>Resume-OpsChange -Due</c>, continues all changes that wait and whose time has come.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsChange -Unfinished | Resume-OpsChange</code>
/// <para>Brings everything to its end that a kill or a power failure has left.</para>
/// </example>
/// <example>
/// <code>Resume-OpsChange -Due</code>
/// <para>Continues what waits and is due; without anything due nothing happens.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "OpsChange", SupportsShouldProcess = true, DefaultParameterSetName = "Change")]
[OutputType(typeof(JournalEntry))]
public sealed class ResumeOpsChangeCommand : OpsChangeEndCmdlet
{
    /// <summary>All that wait and whose time has come.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Due")]
    public SwitchParameter Due { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyList<JournalEntry> Chosen() => !Due ? base.Chosen()
        : [.. Find(new JournalQuery { Waiting = true }).Where(c => c.Parent is null && c.Due <= Context.Time.GetUtcNow())];

    /// <inheritdoc/>
    private protected override IEnumerable<JournalEntry> Ordered(IEnumerable<JournalEntry> changes) => changes.OrderBy(c => c.Sequence);

    /// <inheritdoc/>
    private protected override async Task EndAsync(JournalEntry change, CancellationToken cancellationToken)
    {
        if (change.Outcome is JournalOutcome.Running)
            throw ChangeErrors.ChangeNotResumable.Make(
                $"The change {change.Id} ({change.Action} of {change.Target}) is being worked on by process {change.ProcessId} on {change.Host}.", "Wait until it has ended.", change.Id);
        if (change.Outcome is not (JournalOutcome.Unfinished or JournalOutcome.Waiting))
            throw ChangeErrors.ChangeNotResumable.Make(
                $"The change {change.Id} ({change.Action} of {change.Target}) has ended ({change.Outcome}); nothing is left to go on with.", "Make the change anew where it is needed.", change.Id);
        string reached = change.LastStep is { } step ? $", which came to '{step}'" : "";
        if (!await ShouldProcessAsync($"{new Target(change.Target).Words} of {Context.Environment.Name}",
            $"Go on with {change.Action} of {change.StartedAt:u}{reached}").ConfigureAwait(false)) return;
        Task<ChangeResult?> Resume() => new ChangeRunner(Context).ResumeAsync(change, cancellationToken);
        _ = DatabaseJobs.Of(change.Action, change.Target) is { } job ? await ObserveAsync(job, Resume).ConfigureAwait(false)
            : await Resume().ConfigureAwait(false);
        EmitNow(change.Id);
    }
}
