using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Blocked;

/// <summary>An address that is blocked now.</summary>
public sealed record BlockedAddress : IEnvironmentRecord
{
    /// <summary>The environment that it was asked for; null without one.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The address, or the network.</summary>
    public required string Address { get; init; }

    /// <summary>What blocks it.</summary>
    public required BlockedAddressSource Kind { get; init; }

    /// <summary>Where it stands: the set, the jail, the file, the origin of a decision.</summary>
    public required string Source { get; init; }

    /// <summary>Since when; null where the source does not keep that.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>For how long it is blocked already; null where the source does not keep that.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>Until when; null where it has no end, or the source does not say.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why, as it stands there; null where nothing does.</summary>
    public string? Reason { get; init; }

    /// <summary>How many addresses the source has.</summary>
    public int Count { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Address;
}
