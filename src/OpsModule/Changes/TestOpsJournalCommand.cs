using System.Management.Automation;
using OpsModule.Engine.Changes;

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
[Cmdlet(VerbsDiagnostic.Test, "OpsJournal")]
[OutputType(typeof(JournalTestResult))]
public sealed class TestOpsJournalCommand : OpsEnvironmentCmdlet
{
    /// <summary>The Anchor property of an earlier result; that line must still be in the journal.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Anchor { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        JournalTestResult result = new Journal(Context.Environment, TimeProvider.System).Test(Anchor?.Trim());
        // It cannot be proved, so it is no finding; it must not look like "all is well" either.
        if (result.IsSuspect) Warning(result.Message);
        Emit(result);
        return Task.CompletedTask;
    }
}
