using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Changes;

/// <summary>
/// Lists the changes that were made to an environment: who did what to which target, its steps, how long it took and how it
/// ended. The newest comes first, as with backups and restores.
/// </summary>
/// <example>
/// <code>Get-OpsChange -Last 10</code>
/// Shows the last ten changes.
/// </example>
/// <example>
/// <code>Get-OpsChange -Target 'database/main*' -Action 'Restore-*' -After 7d</code>
/// Shows a week's restores of one database and its tenants.
/// </example>
/// <example>
/// <code>Get-OpsChange -Unfinished | Resume-OpsChange</code>
/// Brings to their end the changes that were killed or interrupted. Undo-OpsChange takes them back.
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsChange")]
[OutputType(typeof(JournalEntry))]
public sealed class GetOpsChangeCommand : OpsEnvironmentCmdlet
{
    /// <summary>Only changes of these targets, for example database/main/tenant/demo, in any case and with wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public string[]? Target { get; set; }

    /// <summary>Only the changes of these ids, with wildcards.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ChangeCompleter))]
    public string[]? Id { get; set; }

    /// <summary>Only changes made by these cmdlets, in any case and with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ActionCompleter))]
    public string[]? Action { get; set; }

    /// <summary>Only changes that began at this time or later, or not longer ago than this: 30d, 12h, 2w.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only changes that began before this time, or longer ago than this: 30d, 12h, 2w.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Only the last so many of the changes that match.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    /// <summary>Only changes that began, have no end, and that no process works on any more.</summary>
    [Parameter]
    public SwitchParameter Unfinished { get; set; }

    /// <summary>Only changes that wait until a time to be gone on with.</summary>
    [Parameter]
    public SwitchParameter Waiting { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        var query = new JournalQuery { Ids = Id, Targets = Target, Actions = Action, After = After, Before = Before, Last = Last,
            Unfinished = Unfinished, Waiting = Waiting };
        var journal = new Journal(Context.Environment, TimeProvider.System);
        IReadOnlyList<JournalEntry> entries = journal.Find(query, out int damagedLines, Fail);
        foreach (JournalEntry entry in entries.Reverse()) Emit(entry);
        if (damagedLines > 0) Warning($"{damagedLines} {(damagedLines == 1 ? "line" : "lines")} of the journal could not be read; Test-OpsJournal tells more.");
        return Task.CompletedTask;
    }
}
