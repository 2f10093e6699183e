using OpsModule.Connections.Vaults;

namespace OpsModule.Connections.Redis;

/// <summary>How one Redis server is reached and logged in to.</summary>
public record RedisOptions
{
    /// <summary>What it is called in messages and settings.</summary>
    public required string Name { get; init; }

    /// <summary>Host name or address.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port.</summary>
    public int Port { get; init; } = 6379;

    /// <summary>ACL user.</summary>
    public string? User { get; init; }

    /// <summary>Password.</summary>
    public SecretReference? Password { get; init; }

    /// <summary>True when the server speaks TLS on this port.</summary>
    public bool Tls { get; init; }

    /// <summary>The name that its certificate must be for; null for the host's, or the service's.</summary>
    public string? TlsName { get; init; }

    /// <summary>Full path of the certificate authorities that its certificate may come from; null for those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}
