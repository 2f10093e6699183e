namespace OpsModule.Engine.Areas.Lockdown.Settings;

/// <summary>The section <c>lockdown:</c>.</summary>
internal sealed record LockdownSettings
{
    /// <summary>True when the file has the section.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>The store that evidence and emergency keys lie in, by its name; null for the first one.</summary>
    public string? Store { get; init; }

    /// <summary>How far back logs are kept.</summary>
    public TimeSpan Since { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The services whose logs are kept; empty for all.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>True revokes all API keys.</summary>
    public bool Keys { get; init; }

    /// <summary>The secrets that sessions are made with.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Sessions that are ended.</summary>
    public IReadOnlyList<LockdownSessions> Sessions { get; init; } = [];

    /// <summary>True issues emergency keys.</summary>
    public bool EmergencyKeys { get; init; }

    /// <summary>Who is told; empty for all receivers.</summary>
    public IReadOnlyList<string> Receivers { get; init; } = [];
}

/// <summary>Sessions that are ended: of a login of a database, or keys of a cache.</summary>
/// <param name="Database">The database, by its name; null for a cache.</param>
/// <param name="User">The login.</param>
/// <param name="Cache">The cache, by its name; null for a database.</param>
/// <param name="Prefix">What the keys begin with.</param>
internal sealed record LockdownSessions(string? Database, string? User, string? Cache, string? Prefix)
{
    /// <inheritdoc/>
    public override string ToString() => Cache is null ? $"sessions of {User} at database {Database}" : $"{Prefix}* of cache {Cache}";
}
