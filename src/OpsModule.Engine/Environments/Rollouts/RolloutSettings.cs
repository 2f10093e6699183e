using System.Text.RegularExpressions;

namespace OpsModule.Engine.Environments.Rollouts;

/// <summary>How a service is brought out unless somebody says otherwise: <c>services.NAME.rollout</c>.</summary>
public sealed partial record RolloutSettings
{
    /// <summary>In what order.</summary>
    public RolloutStrategy? Strategy { get; init; }

    /// <summary>The proxy before it, by its name under <c>proxies</c>, or <c>none</c>; null for the one that knows the service.</summary>
    public string? Proxy { get; init; }

    /// <summary>What an instance is asked, with <c>{instance}</c> in the place of its address; null for its health check alone.</summary>
    public string? Probe { get; init; }

    /// <summary>How long connections of an old instance may last.</summary>
    public TimeSpan? Drain { get; init; }

    /// <summary>How long a new instance may take to be ready.</summary>
    public TimeSpan? Health { get; init; }

    /// <summary>How long the new instances are watched.</summary>
    public TimeSpan? Watch { get; init; }

    /// <summary>The share of requests that may fail while they are watched, of 1.</summary>
    public double? MaxErrorRate { get; init; }

    /// <summary>How slow the slowest of twenty requests may be while they are watched.</summary>
    public TimeSpan? MaxLatencyP95 { get; init; }

    /// <summary>With fewer requests nothing is proven.</summary>
    public int? MinRequests { get; init; }

    /// <summary>How many instances are replaced at a time.</summary>
    public int? BatchSize { get; init; }

    /// <summary>How many earlier revisions are kept.</summary>
    public int? Keep { get; init; }

    /// <summary>Whether a text is a probe: a URL whose host is <c>{instance}</c>, so that it asks one instance and no other.</summary>
    public static bool IsProbe(string text) => ProbePattern().IsMatch(text) && !text.Any(char.IsControl)
        && Uri.TryCreate(text.Replace("{instance}", "127.0.0.1", StringComparison.Ordinal), UriKind.Absolute, out _);

    /// <summary>What a probe looks like: the host is the instance, and nothing else, for an old one would answer another URL as well.</summary>
    public const string ProbeText = "^https?://\\{instance\\}(:[0-9]{1,5})?([/?][^\\s]*)?$";

    [GeneratedRegex(ProbeText, RegexOptions.CultureInvariant)]
    private static partial Regex ProbePattern();
}
