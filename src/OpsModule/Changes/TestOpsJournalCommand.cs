using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Outlets.Forwarding;
using OpsModule.Foundations.Errors;

namespace OpsModule.Changes;

/// <summary>
/// Tells whether the journal is as it was written: every line is chained to the one before it by its SHA-256, so that a line that
/// was changed, removed, added or moved is found, and so are lines cut off the end.
/// </summary>
/// <remarks>
/// Who may write the journal's folder can rewrite the whole of it. Note the Anchor of a result in another place and give it to a
/// later test: then that is found too.
/// </remarks>
/// <example>
/// <code>Test-OpsJournal</code>
/// Walks the whole chain and says what it found first, if anything.
/// </example>
/// <example>
/// <code>Test-OpsJournal -Anchor (Get-Content /mnt/elsewhere/journal.anchor)</code>
/// Also proves that the journal still holds the line that was its last when the anchor was noted.
/// </example>
/// <example>
/// <code>Test-OpsJournal -Store offsite</code>
/// Also compares it with what was sent to a store: a journal that was altered, cut off or begun anew is found.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsJournal")]
[OutputType(typeof(JournalTestResult))]
public sealed class TestOpsJournalCommand : OpsEnvironmentCmdlet
{
    /// <summary>The Anchor property of an earlier result; that line must still be in the journal.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Anchor { get; set; }

    /// <summary>
    /// Stores that the journal was sent to (journal.forward), with wildcards; one result for each. Every line that a store names must be
    /// in the journal, and what ended since the first of them and is not there is told.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Store is null) Tell(new Journal(Context.Environment, TimeProvider.System).Test(Anchor?.Trim()));
        else
        {
            foreach (string store in new BackupCatalog(Context).CheckStores(Store, Fail))
            {
                try { Tell(await new ForwardComparer(Context, store).TestAsync(Anchor?.Trim(), cancellationToken).ConfigureAwait(false)); }
                catch (OpsException e) { Fail(e); }
            }
        }
    }

    private void Tell(JournalTestResult result)
    {
        // It cannot be proved, so it is no finding; it must not look like "all is well" either.
        if (result.IsSuspect) Warning(result.Message);
        Emit(result);
    }
}
