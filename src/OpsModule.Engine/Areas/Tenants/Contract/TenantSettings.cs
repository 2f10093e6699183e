namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>The section <c>tenants:</c>: how a tenant is cut off, and how that is proven.</summary>
internal sealed record TenantSettings
{
    /// <summary>Tenants by name, where nothing else tells which there are.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Tenants that are to be served as before while another one is suspended.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>So long the instances may take until each of them refuses.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A column of a table that says whether a tenant is served; null for none.</summary>
    public TenantFlag? Flag { get; init; }

    /// <summary>The database whose schema of the tenant loses its privileges; null for none.</summary>
    public string? Schema { get; init; }

    /// <summary>Endpoints that suspend and resume.</summary>
    public IReadOnlyList<TenantEndpoint> Endpoints { get; init; } = [];

    /// <summary>Endpoints that stop and start the consumers of a tenant's jobs.</summary>
    public IReadOnlyList<TenantEndpoint> Queues { get; init; } = [];

    /// <summary>Sessions of databases that are ended.</summary>
    public IReadOnlyList<TenantSessions> Sessions { get; init; } = [];

    /// <summary>API keys that are revoked.</summary>
    public IReadOnlyList<TenantKeys> Keys { get; init; } = [];

    /// <summary>Keys of caches that are taken away.</summary>
    public IReadOnlyList<TenantCache> Caches { get; init; } = [];

    /// <summary>Requests that are refused when a tenant is suspended.</summary>
    public IReadOnlyList<TenantProof> Proofs { get; init; } = [];

    /// <summary>True when there is anything that cuts a tenant off.</summary>
    public bool CutsAnything => Flag is not null || Schema is not null || Endpoints.Count > 0 || Queues.Count > 0 || Sessions.Count > 0
        || Keys.Count > 0 || Caches.Count > 0;
}
