using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>An endpoint of the application that cuts a tenant off, and lets it in again.</summary>
internal sealed record TenantEndpoint
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>The service whose instances are asked, where an address has <c>{instance}</c>.</summary>
    public string? Service { get; init; }

    /// <summary>The method.</summary>
    public string Method { get; init; } = "POST";

    /// <summary>What cuts it off.</summary>
    public required string Suspend { get; init; }

    /// <summary>What lets it in again.</summary>
    public required string Resume { get; init; }

    /// <summary>What is sent to the first, JSON; null for nothing.</summary>
    public string? Body { get; init; }

    /// <summary>What is sent to the second.</summary>
    public string? ResumeBody { get; init; }

    /// <summary>The header that carries the token, with <c>{token}</c> in its place.</summary>
    public string? Header { get; init; }

    /// <summary>The token.</summary>
    public SecretReference? Token { get; init; }

    /// <summary>What tells whether it is cut off (GET, JSON); null when nothing does.</summary>
    public string? Check { get; init; }

    /// <summary>The value in its answer.</summary>
    public string? Json { get; init; }

    /// <summary>What that says of a tenant that is cut off.</summary>
    public string Value { get; init; } = "true";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
