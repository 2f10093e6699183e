using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Vaults;

/// <summary>Keeps secrets outside the environment file.</summary>
public interface ISecretVault
{
    /// <summary>Reads a secret, without asking anybody.</summary>
    /// <param name="vault">The vault's name; null for the one that counts without a name.</param>
    /// <param name="name">The secret's name.</param>
    /// <exception cref="OpsException"><c>SecretNotFound</c>, <c>SecretProviderUnsupported</c>; never with the secret in it.</exception>
    string Read(string? vault, string name);

    /// <summary>What was read elsewhere, and is kept in memory as long as what this one reads itself.</summary>
    /// <param name="id">What it is, and with which rights it was read.</param>
    /// <param name="read">Reads it.</param>
    string Once(string id, Func<string> read) => read();
}
