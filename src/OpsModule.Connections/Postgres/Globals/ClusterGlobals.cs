namespace OpsModule.Connections.Postgres.Globals;

/// <summary>What belongs to a server and to none of its databases, and without which a database cannot be made on another server.</summary>
public sealed record ClusterGlobals
{
    /// <summary>The server's version, for example <c>15.18</c>.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>True when it was read with what the server keeps of passwords; false when that may not be read or was not wanted.</summary>
    public bool HasVerifiers { get; init; }

    /// <summary>All roles but those that come with PostgreSQL.</summary>
    public IReadOnlyList<ClusterRole> Roles { get; init; } = [];

    /// <summary>Their memberships, in roles that come with PostgreSQL, too.</summary>
    public IReadOnlyList<RoleMembership> Memberships { get; init; } = [];

    /// <summary>Settings of roles, and of the one database that was read in.</summary>
    public IReadOnlyList<RoleSetting> Settings { get; init; } = [];

    /// <summary>Tablespaces but those that every server has.</summary>
    public IReadOnlyList<ClusterTablespace> Tablespaces { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Roles.Count} roles, {Tablespaces.Count} tablespaces";
}
