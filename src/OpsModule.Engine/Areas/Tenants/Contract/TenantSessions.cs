namespace OpsModule.Engine.Areas.Tenants.Contract;

/// <summary>Sessions of a database that are a tenant's.</summary>
/// <param name="Database">The database, by its name in the environment file.</param>
/// <param name="User">The login, with <c>{tenant}</c> in it; null where the other one tells.</param>
/// <param name="Application">What they call themselves (application_name), with <c>{tenant}</c> in it.</param>
internal sealed record TenantSessions(string Database, string? User, string? Application)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(User is null ? "application " + Application : "login " + User)} of database {Database}";
}
