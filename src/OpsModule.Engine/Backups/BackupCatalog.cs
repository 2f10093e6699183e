namespace OpsModule.Engine.Backups;

/// <summary>Which backups to list.</summary>
public sealed record BackupQuery
{
    /// <summary>The id, or null for all.</summary>
    public string? Id { get; init; }

    /// <summary>Database name in the environment file, or null for all.</summary>
    public string? Name { get; init; }

    /// <summary>Tenants; null for all backups, empty for whole databases only.</summary>
    public IReadOnlyList<string>? Tenants { get; init; }

    /// <summary>Store names; null for all.</summary>
    public IReadOnlyList<string>? Stores { get; init; }

    /// <summary>Only the newest of each database and tenant in each store.</summary>
    public bool Latest { get; init; }

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? Before { get; init; }
}

/// <summary>Lists backups from the stores; there is no other catalog that could be lost.</summary>
public sealed class BackupCatalog(OpsContext context)
{
    /// <summary>The backups, newest first within each store. Altered manifests are reported as warnings and left out.</summary>
    public IAsyncEnumerable<BackupRecord> ListAsync(BackupQuery query, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{context}{query}{cancellationToken}");

    /// <summary>Writes a manifest (last of all) into a store.</summary>
    public Task WriteManifestAsync(BackupRecord backup, string store, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{backup}{store}{cancellationToken}");

    /// <summary>Records that a backup was verified (a small object beside the manifest, which itself never changes).</summary>
    public Task MarkVerifiedAsync(BackupRecord backup, string how, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{backup}{how}{cancellationToken}");
}
