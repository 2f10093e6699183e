namespace OpsModule.Connections.Postgres.Globals;

/// <summary>The first line of globals as text.</summary>
/// <param name="ServerVersion">The server's version.</param>
/// <param name="HasVerifiers">Whether verifiers are among them.</param>
internal sealed record GlobalsHead(string ServerVersion, bool HasVerifiers);
