namespace OpsModule.Connections.Stores.Contract;

/// <summary>What the store itself does with objects. A null says that it could not be asked, or does not know such a thing.</summary>
public sealed record StoreRules
{
    /// <summary>True when a deleted object leaves its versions behind, so that nothing is freed.</summary>
    public bool? KeepsVersions { get; init; }

    /// <summary>True when objects can be locked against deletion.</summary>
    public bool? LocksObjects { get; init; }

    /// <summary>True when its rules of a life cycle could be read.</summary>
    public bool KnowsLifecycle { get; init; }

    /// <summary>The fewest days after which a rule deletes objects of ours; null for no such rule.</summary>
    public int? ExpiresAfterDays { get; init; }

    /// <summary>The first day from which on a rule deletes all objects of ours, however new they are; null for no such rule.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// The fewest days after which a rule for all keys of ours deletes the versions that a deleted object left; null for no such rule.
    /// </summary>
    public int? ExpiresVersionsAfterDays { get; init; }

    /// <summary>The fewest days after which a rule for all keys of ours clears away interrupted uploads; null for no such rule.</summary>
    public int? AbortsUploadsAfterDays { get; init; }
}
