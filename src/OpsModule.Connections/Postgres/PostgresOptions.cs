using OpsModule.Connections.Postgres.Logins;
using OpsModule.Connections.Vaults;

namespace OpsModule.Connections.Postgres;

/// <summary>How one PostgreSQL database is reached and logged in to.</summary>
public record PostgresOptions
{
    /// <summary>What it is called in messages and settings.</summary>
    public required string Name { get; init; }

    /// <summary>Host name, address, or the folder of a Unix socket; null where something else says where the server is.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port; also names the Unix socket.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>The database's name on the server.</summary>
    public required string Database { get; init; }

    /// <summary>The role to connect as.</summary>
    public required string User { get; init; }

    /// <summary>The role's password; null for trust, peer or certificate authentication.</summary>
    public SecretReference? Password { get; init; }

    /// <summary>libpq's sslmode; null leaves the default: PGSSLMODE of the caller's environment, else prefer.</summary>
    public string? SslMode { get; init; }

    /// <summary>Full path of the certificate authorities that the server's certificate may come from; null for PGSSLROOTCERT, else those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>How a tenant's schema is named, with <c>{tenant}</c> as the place of its name; null when there are no tenants.</summary>
    public string? TenantSchema { get; init; }

    /// <summary>The database to be connected to while another is created or renamed.</summary>
    public string MaintenanceDatabase { get; init; } = "postgres";

    /// <summary>
    /// The role that restores log in as to load rows, and so the one whose rights the code in a backup has; null for <see cref="User"/>.
    /// </summary>
    public PostgresLogin? RestoreUser { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{User}@{Host}:{Port}/{Database}";
}
