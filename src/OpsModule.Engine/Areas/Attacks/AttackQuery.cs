using System.Net;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>What is looked for.</summary>
public sealed record AttackQuery
{
    /// <summary>The rules; null for those of the module.</summary>
    public IReadOnlyList<AttackRule>? Rules { get; init; }

    /// <summary>Only matches that are at least so grave.</summary>
    public AttackSeverity MinSeverity { get; init; }

    /// <summary>Only matches that are at least so sure.</summary>
    public AttackConfidence MinConfidence { get; init; } = AttackConfidence.Medium;

    /// <summary>Only lines from then on; lines without a time count.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only lines up to then; lines without a time count.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>True for every rule that matches a line; else the surest of each category.</summary>
    public bool Everything { get; init; }

    /// <summary>True when matches are only counted: they then come without their line, what matched and what was undone, which is faster.</summary>
    public bool CountOnly { get; init; }

    /// <summary>Names of the fields that hold the tenant who asks; null for the usual ones.</summary>
    public IReadOnlyList<string>? TenantFields { get; init; }

    /// <summary>Names of the fields that hold the tenant whose data it is; null for the usual ones.</summary>
    public IReadOnlyList<string>? ResourceTenantFields { get; init; }

    /// <summary>Proxies in front of the servers: of them it is believed for whom they asked (X-Forwarded-For). Of anybody else it is not.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>
    /// Formats of access lines of one's own, such as <c>{client} [{time}] {request} {status}</c>; they come before those that are known.
    /// </summary>
    public IReadOnlyList<string> Formats { get; init; } = [];
}
