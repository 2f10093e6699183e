using System.Net;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>The <c>attacks:</c> section: what the search for attacks knows of this environment.</summary>
public sealed record AttackSettings
{
    /// <summary>Full paths of files and folders with rules and rate rules besides those of the module.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>What is let pass.</summary>
    public IReadOnlyList<AllowEntry> Allow { get; init; } = [];

    /// <summary>Names of the fields that hold the tenant who asks; null for the usual ones.</summary>
    public IReadOnlyList<string>? TenantFields { get; init; }

    /// <summary>Names of the fields that hold the tenant whose data it is; null for the usual ones.</summary>
    public IReadOnlyList<string>? ResourceTenantFields { get; init; }

    /// <summary>Proxies in front of the servers: of them it is believed for whom they asked, and they are never blocked.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Formats of access logs of one's own.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [];

    /// <summary>Changed rate rules, by id.</summary>
    public IReadOnlyDictionary<string, RateSettings> Rates { get; init; } = new Dictionary<string, RateSettings>();
}

/// <summary>The section where an environment is at hand.</summary>
public static class AttackSettingsOfEnvironment
{
    extension(OpsEnvironment environment)
    {
        /// <summary>What the search for attacks knows of this environment.</summary>
        public AttackSettings Attacks => environment.Section<AttackSettings>();
    }
}

/// <summary>What is changed of a rate rule; null for what stays.</summary>
/// <param name="More">More than so many break it.</param>
/// <param name="Within">How long its window is.</param>
/// <param name="Severity">How grave it is.</param>
/// <param name="Enabled">False switches it off.</param>
public sealed record RateSettings(long? More = null, TimeSpan? Within = null, AttackSeverity? Severity = null, bool Enabled = true);
