using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>PgBouncer's console.</summary>
/// <param name="Host">Where it listens.</param>
/// <param name="Port">At which port.</param>
/// <param name="User">Who may tell it (<c>admin_users</c>).</param>
/// <param name="Password">That user's password.</param>
internal sealed record PgBouncerAdmin(string Host, int Port, string User, SecretReference? Password);
