namespace OpsModule.Engine.Backups;

/// <summary>
/// A backup that is only named: by what is left of a record of another session, a file or a selection. All else is read anew from the
/// store, because what came through a pipeline may claim anything.
/// </summary>
/// <param name="Id">The backup's id.</param>
/// <param name="Store">The store that the record was of; null where it does not say.</param>
public sealed record BackupReference(string Id, string? Store)
{
    /// <inheritdoc/>
    public override string ToString() => Id;
}
