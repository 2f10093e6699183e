using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Which checks to make, and how.</summary>
public sealed record HealthRequest
{
    /// <summary>Only these checks: names, groups such as <c>database</c>, or patterns with <c>*</c> and <c>?</c>; null for all.</summary>
    public IReadOnlyList<string>? Checks { get; init; }

    /// <summary>Only what belongs to these services; null for all.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>Told of each check and service that is unknown, while others are looked at; without it the first one is thrown.</summary>
    public Action<OpsException>? Unknown { get; init; }

    /// <summary>Whether what belongs to a service is asked for.</summary>
    public bool IsFor(string service) => Services is null || Services.Any(s => Means(s, service));

    /// <summary>Whether a written name, which may have wildcards, means a service.</summary>
    internal static bool Means(string written, string service) => written.Equals(service, StringComparison.OrdinalIgnoreCase) || (NamePattern.HasWildcard(written) && NamePattern.IsMatch(written, service));

    /// <summary>How often each HTTP endpoint is asked; from 2 on the percentiles of its answers are checked, too.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How long each target may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
