namespace OpsModule.Connections.Postgres.Globals;

/// <summary>That one role is a member of another.</summary>
/// <param name="Role">The role that was granted.</param>
/// <param name="Member">Whom it was granted to.</param>
/// <param name="Grantor">Who granted it; null for the role that made the server, and where it is gone.</param>
/// <param name="Admin">The member may grant it on.</param>
/// <param name="Inherit">The member has its privileges without asking; null before PostgreSQL 16.</param>
/// <param name="Set">The member may become it; null before PostgreSQL 16.</param>
public sealed record RoleMembership(string Role, string Member, string? Grantor, bool Admin, bool? Inherit, bool? Set);
