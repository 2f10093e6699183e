namespace OpsModule.Engine.Areas.Backups;

/// <summary>Which backups to list. Names are those that the stores know; <see cref="BackupFinder"/> makes them of what people write.</summary>
public sealed record BackupQuery
{
    /// <summary>Exact ids; null for all.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Kinds; databases alone unless told, so that nobody takes another kind for one. Null for all.</summary>
    public IReadOnlyList<BackupKind>? Kinds { get; init; } = [BackupKind.Database];

    /// <summary>Exact names of databases, caches ... in the environment file; null for all.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>The one id that is asked for; null for all, or several.</summary>
    public string? Id
    {
        get => Ids is [var only] ? only : null;
        init => Ids = value is null ? null : [value];
    }

    /// <summary>The one name that is asked for; null for all, or several.</summary>
    public string? Name
    {
        get => Names is [var only] ? only : null;
        init => Names = value is null ? null : [value];
    }

    /// <summary>Exact names of tenants, or <c>*</c> for every tenant; null for all backups, empty for whole databases only.</summary>
    public IReadOnlyList<string>? Tenants { get; init; }

    /// <summary>Store names; null for all.</summary>
    public IReadOnlyList<string>? Stores { get; init; }

    /// <summary>Only the newest of each database and tenant in each store.</summary>
    public bool Latest { get; init; }

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Says nothing of manifests that are left out; for callers that report them themselves.</summary>
    public bool Quiet { get; init; }

    /// <summary>True for what has the form of a backup's id.</summary>
    public static bool IsId(string text) => BackupKeys.TimeOf(text) is not null;

    /// <summary>Whether the object of this key may be one of those asked for; the rest is known only from the manifest.</summary>
    internal bool Admits(string key)
    {
        if (BackupKeys.Parse(key) is not var (kind, name, tenant)) return false;
        if (Kinds?.Contains(kind) is false) return false;
        if (Names?.Contains(name) is false) return false;
        string id = BackupKeys.IdOf(key);
        if (Ids?.Contains(id) is false) return false;
        if (Tenants is not null && (tenant is null ? Tenants.Count > 0 : !Tenants.Any(t => t == "*" || t == tenant))) return false;
        DateTimeOffset? time = BackupKeys.TimeOf(id);
        return time is null || !(time < After?.AddSeconds(-1) || time >= Before);
    }
}
