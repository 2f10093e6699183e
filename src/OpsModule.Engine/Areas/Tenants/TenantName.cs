using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Tenants;

/// <summary>Names of tenants, which become parts of addresses, paths and keys.</summary>
internal static class TenantName
{
    /// <summary>Stands for the tenant's name in what the environment file declares.</summary>
    public const string Place = "{tenant}";

    /// <summary>The name, when it can be one.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantNameInvalid</c>.</exception>
    public static string Checked(string tenant) => IsOne(tenant) ? tenant : throw TenantErrors.TenantNameInvalid.Make(
        "What was given as a tenant is no name of one.", "Give letters, digits, '.', '_' or '-', beginning with a letter or a digit.",
        tenant);

    /// <summary>Whether a text can be a tenant's name: neither a path nor a part of an address can be made of it.</summary>
    public static bool IsOne(string tenant) => SettingPatterns.Name().IsMatch(tenant);

    /// <summary>The target of a tenant's changes.</summary>
    public static string TargetOf(string tenant) => IsOne(tenant) ? "tenant/" + tenant
        : throw new FormatException("What the plan names is no tenant.");

    /// <summary>A declared text, with the tenant's name in its place.</summary>
    public static string In(string text, string tenant) => text.Replace(Place, tenant, StringComparison.Ordinal);
}
