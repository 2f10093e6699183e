using OpsModule.Connections.Stores.Contract;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>One backup as a store's listing tells of it, without its manifest being read.</summary>
internal sealed record BackupEntry
{
    /// <summary>The key without extensions.</summary>
    public required string Base { get; init; }

    public required StoredObject Manifest { get; init; }

    /// <summary>The object itself; null when only its manifest is there.</summary>
    public StoredObject? Object { get; init; }

    /// <summary>When it began, by its id.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the mark was written that says it was verified.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    public bool IsPinned { get; init; }

    /// <summary>True when it lost rows against the one before, and nobody has said that it was meant.</summary>
    public bool HasLosses { get; init; }

    /// <summary>True when a mark says that a test found it wanting.</summary>
    public bool HasFailed { get; init; }

    public string Id => BackupKeys.IdOf(Base);

    /// <summary>The key of its object, or of its manifest where the object is gone: both have the same base.</summary>
    public string Key => Object?.Key ?? Manifest.Key;

    /// <summary>When the store got the manifest, by the store's own clock.</summary>
    public DateTimeOffset StoredAt => Manifest.Modified;

    public long StoredBytes => Object?.Length ?? 0;

    /// <summary>How far clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromHours(1);

    /// <summary>Whether its stamp lies after now, or after the store's own time of the manifest, which is written at the end.</summary>
    /// <param name="now">Now, by this machine's clock.</param>
    public bool IsFromTheFuture(DateTimeOffset now) => StartedAt - now > Skew || IsAheadOfStore;

    /// <summary>Whether the clock that stamped it was ahead of the store's.</summary>
    public bool IsAheadOfStore => StartedAt - StoredAt > Skew;
}

/// <summary>The backups of one database, tenant, cache ... in one store, newest first.</summary>
/// <param name="Store">The store.</param>
/// <param name="Of">What they are of.</param>
/// <param name="Entries">Its backups.</param>
internal sealed record BackupGroup(string Store, BackupSubject Of, IReadOnlyList<BackupEntry> Entries)
{
    /// <summary>Its name in the environment file.</summary>
    public string Name => Of.Name;

    /// <summary>The tenant; null for the whole.</summary>
    public string? Tenant => Of.Tenant;

    /// <summary>In words: <c>main, tenant demo</c>, <c>cache main</c>.</summary>
    public string Words => Of.Brief;
}
