namespace OpsModule.Connections.Postgres.Globals;

/// <summary>That a role may create objects in a tablespace.</summary>
/// <param name="Role">The role; null for everybody.</param>
/// <param name="Grantable">It may grant that on.</param>
public sealed record TablespaceGrant(string? Role, bool Grantable);
