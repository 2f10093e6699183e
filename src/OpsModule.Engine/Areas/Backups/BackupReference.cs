namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// A backup that is only named: by what is left of a record of another session, a file or a selection. All else is read anew from the
/// store, because what came through a pipeline may claim anything.
/// </summary>
/// <param name="Id">The backup's id.</param>
/// <param name="Store">The store that the record was of; null where it does not say.</param>
public sealed record BackupReference(string Id, string? Store)
{
    /// <summary>The database that it claims to be of; null where it does not say.</summary>
    public string? Name { get; init; }

    /// <summary>The kind that it claims to be of; null where it does not say.</summary>
    public string? Kind { get; init; }

    /// <summary>The tenant that it claims to be of; null where it does not say.</summary>
    public string? Tenant { get; init; }

    /// <summary>Whether a backup that was found is of what this one claims to be of.</summary>
    public bool IsOf(BackupRecord backup) =>
        IsOfKind(backup.Kind) && (Name is null || Name.Equals(backup.Name, StringComparison.OrdinalIgnoreCase))
            && (Tenant is null || Tenant.Equals(backup.Tenant, StringComparison.OrdinalIgnoreCase));

    /// <summary>JSON has the number of a kind, all else its name.</summary>
    private bool IsOfKind(BackupKind kind) =>
        Kind is null || (Enum.TryParse(Kind, ignoreCase: true, out BackupKind claimed) && claimed == kind);

    /// <inheritdoc/>
    public override string ToString() => Id;
}
