namespace OpsModule.Connections.Postgres.Globals;

/// <summary>What a session of a role begins with.</summary>
/// <param name="Role">The role; null for every role.</param>
/// <param name="Database">The database; null for every database.</param>
/// <param name="Name">The setting's name.</param>
/// <param name="Value">Its value, as it is stored.</param>
public sealed record RoleSetting(string? Role, string? Database, string Name, string Value);
