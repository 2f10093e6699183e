namespace OpsModule.Connections.Vaults;

/// <summary>A vault of keys and values (KV version 2 of HashiCorp Vault or OpenBao), and how it is asked.</summary>
/// <param name="Name">What references call it.</param>
/// <param name="Address">Its address, without a path.</param>
public sealed record KeyValueVaultOptions(string Name, Uri Address)
{
    /// <summary>Where the engine of keys and values is mounted.</summary>
    public string Mount { get; init; } = "secret";

    /// <summary>The token that may read; null where a role logs in.</summary>
    public SecretReference? Token { get; init; }

    /// <summary>The role that logs in; null where there is a token.</summary>
    public VaultRole? Role { get; init; }

    /// <summary>The namespace; null for the root.</summary>
    public string? Namespace { get; init; }

    /// <summary>Full path of the certificate authorities that its certificate may come from; null for those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>Tells what was read with these settings, and rights, from what was read with others.</summary>
    internal string Id { get; } = Guid.NewGuid().ToString("N");

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Address.Host})";
}

/// <summary>A role of the method AppRole.</summary>
/// <param name="RoleId">Its id, which is no secret.</param>
/// <param name="SecretId">Its secret.</param>
/// <param name="Mount">Where the method is mounted.</param>
public sealed record VaultRole(string RoleId, SecretReference SecretId, string Mount = "approle");
