namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>Keys of a cache that are a tenant's.</summary>
/// <param name="Cache">The cache, by its name in the environment file.</param>
/// <param name="Prefix">What they begin with, with <c>{tenant}</c> in it.</param>
internal sealed record TenantCache(string Cache, string Prefix)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}* of cache {Cache}";
}
