namespace OpsModule.Engine.Areas.Keys;

/// <summary>Which keys are meant.</summary>
public sealed record ApiKeyChoice
{
    /// <summary>Names or ids, with wildcards, in any case; null for whatever else is said.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Ids, as they are; null for whatever else is said.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Only those that are older; one whose age nobody tells is left out, and that is said.</summary>
    public TimeSpan? OlderThan { get; init; }
}
