namespace OpsModule.Engine.Health;

/// <summary>Which checks to make, and how.</summary>
public sealed record HealthRequest
{
    /// <summary>Only these checks: names, groups such as <c>database</c>, or patterns with <c>*</c> and <c>?</c>; null for all.</summary>
    public IReadOnlyList<string>? Checks { get; init; }

    /// <summary>Only what belongs to these services; null for all.</summary>
    public IReadOnlyList<string>? Services { get; init; }

    /// <summary>How often each HTTP endpoint is asked; from 2 on the percentiles of its answers are checked, too.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How long each target may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
