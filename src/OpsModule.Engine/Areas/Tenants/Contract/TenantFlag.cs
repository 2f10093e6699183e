namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>A column of a table that says whether a tenant is served.</summary>
/// <param name="Database">The database, by its name in the environment file.</param>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="Key">The column with the tenant's name.</param>
/// <param name="Column">The column, which is boolean.</param>
/// <param name="Suspended">What it says of a tenant that is suspended.</param>
internal sealed record TenantFlag(string Database, string Schema, string Table, string Key, string Column, bool Suspended)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Schema}.{Table}.{Column} of database {Database}";
}
