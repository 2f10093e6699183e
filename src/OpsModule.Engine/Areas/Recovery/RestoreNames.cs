using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Names of what restores put beside the live data.</summary>
public static partial class RestoreNames
{
    private const string StagePrefix = "ops_stage_";
    private const string ReplacedPrefix = "ops_replaced_";

    /// <summary>True for a schema or database that a restore made; it is never a tenant.</summary>
    public static bool IsReserved(string name) =>
        TenantSchemas.ReservedPrefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal));

    internal static string Stage(string restoreId, string original) =>
        SqlName.Truncate(StagePrefix + restoreId.Replace('-', '_').ToLowerInvariant() + "_" + original);

    /// <param name="at">When it was replaced.</param>
    /// <param name="original">What it was called.</param>
    /// <param name="attempt">0, or more when the name is taken.</param>
    internal static string Replaced(DateTimeOffset at, string original, int attempt = 0) => SqlName.Truncate(
        ReplacedPrefix + at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture) + (attempt == 0 ? "" : $"_{attempt}") + "_" + original);

    internal static bool IsStage(string name) => name.StartsWith(StagePrefix, StringComparison.Ordinal);

    /// <summary>Whether a name is that of something made or put aside of this original; for what no longer says so by its comment.</summary>
    internal static bool IsOf(string name, string original) =>
        Made().Match(name) is { Success: true } made && SqlName.Truncate(made.Value + original) == name;

    /// <summary>The journal's and the lock's name of what is changed.</summary>
    internal static string Target(string name, string? tenant) => Changes.Plans.Target.Database(name, tenant).Path;

    /// <summary>The database and tenant of such a name; null for another's.</summary>
    internal static (string Name, string? Tenant)? Parse(string target) => target.Split('/', 4) switch
    {
        ["database", var name] => (name, null),
        ["database", var name, "tenant", var tenant] => (name, tenant),
        _ => null,
    };

    [GeneratedRegex(@"^ops_(stage_\d{8}t\d{6}z_[0-9a-f]+|replaced_\d{8}T\d{6}(_\d{1,3})?)_")]
    private static partial Regex Made();
}
