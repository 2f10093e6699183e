using OpsModule.Connections.Vaults;

namespace OpsModule.Connections.Postgres.Logins;

/// <summary>A role to log in as.</summary>
/// <param name="User">The role.</param>
/// <param name="Password">Its password; null for trust, peer or certificate authentication.</param>
public sealed record PostgresLogin(string User, SecretReference? Password)
{
    /// <inheritdoc/>
    public override string ToString() => User;
}
