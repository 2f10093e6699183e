namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>A request that is served while a tenant is served, and refused when it is not.</summary>
internal sealed record TenantProof
{
    /// <summary>What it is called: <c>old token</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The service whose instances are asked, each of them, where the address has <c>{instance}</c>.</summary>
    public string? Service { get; init; }

    /// <summary>The method.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The address.</summary>
    public required string Request { get; init; }

    /// <summary>The header that carries the token, with <c>{token}</c> in its place; null for none.</summary>
    public string? Header { get; init; }

    /// <summary>The reference of a tenant's token, with <c>{tenant}</c> in it; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>The folder that the reference is relative to.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>What is sent, JSON, with <c>{tenant}</c> and <c>{token}</c>; null for nothing.</summary>
    public string? Body { get; init; }

    /// <summary>The statuses that are a refusal.</summary>
    public IReadOnlyList<int> Refused { get; init; } = [401, 403];

    /// <summary>True when each instance is asked.</summary>
    public bool IsOfEachInstance => Request.Contains("{instance}", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
