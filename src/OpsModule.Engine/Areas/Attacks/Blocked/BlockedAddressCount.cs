using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Blocked;

/// <summary>How many addresses a source blocks, beside what it did in the last 14 days.</summary>
public sealed record BlockedAddressCount : IVerdict, IEnvironmentRecord
{
    bool IVerdict.IsBad() => Finding is not null;

    /// <summary>The environment that it was asked for; null without one.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>What blocks them.</summary>
    public required BlockedAddressSource Kind { get; init; }

    /// <summary>Where they stand.</summary>
    public required string Source { get; init; }

    /// <summary>How many there are.</summary>
    public required int Count { get; init; }

    /// <summary>The fewest of the last 14 days before now; null while too little is known.</summary>
    public int? Lowest { get; init; }

    /// <summary>The most of the last 14 days before now; null while too little is known.</summary>
    public int? Highest { get; init; }

    /// <summary>How often it was counted in the last 14 days.</summary>
    public int Samples { get; init; }

    /// <summary>Since when the one is blocked that is blocked longest; null where the source does not keep that.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>What is unusual; null when nothing is, or too little is known.</summary>
    public string? Finding { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Source}: {Count}");
}
