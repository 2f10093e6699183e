namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>Keys of an API that are a tenant's: rows of the table that a secret declares.</summary>
/// <param name="Secret">The secret with <c>apiKey: { table: ... }</c>, by its name in the environment file.</param>
/// <param name="Column">The column of that table with the tenant's name.</param>
internal sealed record TenantKeys(string Secret, string Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"keys ({Secret})";
}
