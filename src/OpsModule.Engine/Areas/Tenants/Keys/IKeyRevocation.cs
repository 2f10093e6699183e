using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Keys;

/// <summary>Revokes API keys, for those who cut somebody off. It knows ids of keys, and never says a key.</summary>
internal interface IKeyRevocation
{
    /// <summary>The ids of the keys that are valid now.</summary>
    /// <param name="tenant">Only this tenant's; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<IReadOnlyList<string>> FindAsync(string? tenant, CancellationToken cancellationToken);

    /// <summary>Revokes keys; that one is revoked already is no error. On return each of them is seen revoked.</summary>
    Task RevokeAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>Makes keys valid again that were revoked; that one is valid is no error.</summary>
    Task RestoreAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Issues new keys for those who cannot be without one. Asked again after a kill it revokes what it had issued for this change and had
    /// not handed over.
    /// </summary>
    /// <returns>What each is called, and the key.</returns>
    Task<IReadOnlyList<(string Name, string Key)>> IssueEmergencyAsync(ChangeRun run, CancellationToken cancellationToken);
}
