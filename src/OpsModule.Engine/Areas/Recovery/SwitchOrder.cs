namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Writes a switch into the journal, with the name of what is replaced (empty for nothing), and makes it.</summary>
internal delegate Task SwitchStep(string replaced, Func<Task> make);

/// <summary>A switch: a schema or database that is kept takes the live one's place.</summary>
/// <param name="ChangeId">The change that makes it.</param>
/// <param name="Note">What the kept one's comment says.</param>
/// <param name="Incoming">The kept one's name.</param>
/// <param name="Timeout">How long to wait for a moment at which it disturbs nobody.</param>
/// <param name="Started">When the change began, by the clock's timestamp.</param>
/// <param name="Step">Makes it as a step of the change.</param>
internal sealed record SwitchOrder(string ChangeId, RestoreNote Note, string Incoming, TimeSpan Timeout, long Started, SwitchStep Step)
{
    /// <summary>What was done, for the journal.</summary>
    public string Summary(RestoreRecord made) => $"{Incoming} is {Note.Original} now (backup {Note.BackupId})"
        + (made.ReplacedName is { } kept ? $"; the replaced {(made.Kind == RestoreKind.Schema ? "schema" : "database")} is kept as {kept}" : "");
}
