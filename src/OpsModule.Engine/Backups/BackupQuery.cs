using System.IO.Enumeration;

namespace OpsModule.Engine.Backups;

/// <summary>Which backups to list.</summary>
public sealed record BackupQuery
{
    /// <summary>The id, or null for all.</summary>
    public string? Id { get; init; }

    /// <summary>Database name in the environment file, with <c>*</c> and <c>?</c>; null for all.</summary>
    public string? Name { get; init; }

    /// <summary>Tenants, with <c>*</c> and <c>?</c>; null for all backups, empty for whole databases only.</summary>
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

    /// <summary>The one database that is meant, or null when it may be several: only its keys need to be listed.</summary>
    internal string? OnlyName => Name is not null && !HasWildcard(Name) ? Name : null;

    /// <summary>True for what has the form of a backup's id.</summary>
    public static bool IsId(string text) => BackupKeys.TimeOf(text) is not null;

    /// <summary>True for a name that may stand for several, or for none.</summary>
    public static bool HasWildcard(string name) => name.AsSpan().ContainsAny('*', '?');

    private static bool Matches(string pattern, string name) =>
        name == pattern || (HasWildcard(pattern) && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));

    /// <summary>Whether the object of this key may be one of those asked for; the rest is known only from the manifest.</summary>
    internal bool Admits(string key)
    {
        if (BackupKeys.Parse(key) is not var (name, tenant)) return false;
        if (Name is not null && !Matches(Name, name)) return false;
        string id = BackupKeys.IdOf(key);
        if (Id is not null && id != Id) return false;
        if (Tenants is not null && (tenant is null ? Tenants.Count > 0 : !Tenants.Any(t => Matches(t, tenant)))) return false;
        DateTimeOffset? time = BackupKeys.TimeOf(id);
        return time is null || !(time < After?.AddSeconds(-1) || time >= Before);
    }
}
