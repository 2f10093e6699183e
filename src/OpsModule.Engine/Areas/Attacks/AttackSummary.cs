using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>How often something came.</summary>
/// <param name="Name">What.</param>
/// <param name="Count">How often.</param>
public sealed record AttackCount(string Name, long Count)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Name}: {Count:N0}");
}

/// <summary>Matches of one stretch of time.</summary>
/// <param name="Time">When it begins, UTC.</param>
/// <param name="Count">Matches in it.</param>
/// <param name="Severity">The highest severity in it; null when there is no match.</param>
public sealed record AttackBucket(DateTimeOffset Time, long Count, AttackSeverity? Severity)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Time:yyyy-MM-dd'T'HH:mm:ss'Z'}: {Count:N0}");
}

/// <summary>What an allow-list let pass.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Count">Matches that it suppressed.</param>
public sealed record AttackSuppression(string Entry, long Count)
{
    /// <summary>The first of them, UTC; null when no line told a time.</summary>
    public DateTimeOffset? FirstTime { get; init; }

    /// <summary>The last of them, UTC.</summary>
    public DateTimeOffset? LastTime { get; init; }

    /// <summary>Why the entry is there, as it says.</summary>
    public string? Reason { get; init; }

    /// <summary>All of it in a line.</summary>
    internal string Words => FormattableString.Invariant($"{this}{(FirstTime is null ? "" : $" ({FirstTime:yyyy-MM-dd HH:mm:ss}Z to {LastTime:yyyy-MM-dd HH:mm:ss}Z)")}{(Reason is null ? "" : $", {Reason}")}");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Entry}: {Count:N0}");
}

/// <summary>What a number of matches come to.</summary>
public sealed record AttackSummary : IAlertSource, IEnvironmentRecord, IVerdict
{
    bool IVerdict.IsBad() => Severity is AttackSeverity.High or AttackSeverity.Critical;

    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>Matches that were counted.</summary>
    public required long Matches { get; init; }

    /// <summary>The first of them, UTC; null when no line told a time.</summary>
    public DateTimeOffset? FirstTime { get; init; }

    /// <summary>The last of them, UTC.</summary>
    public DateTimeOffset? LastTime { get; init; }

    /// <summary>The highest severity; null when there is no match.</summary>
    public AttackSeverity? Severity { get; init; }

    /// <summary>By category, the most frequent first.</summary>
    public IReadOnlyList<AttackCount> Categories { get; init => field = PlainList.Of(value); } = [];

    /// <summary>By severity, the highest first.</summary>
    public IReadOnlyList<AttackCount> Severities { get; init => field = PlainList.Of(value); } = [];

    /// <summary>By confidence, the highest first.</summary>
    public IReadOnlyList<AttackCount> Confidences { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Different addresses; an estimate.</summary>
    public long DistinctAddresses { get; init; }

    /// <summary>The standard error of that estimate: in two of three cases it is off by no more.</summary>
    public long DistinctAddressesError { get; init; }

    /// <summary>The addresses with the most matches.</summary>
    public IReadOnlyList<AttackOffender> Addresses { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The tenants with the most matches.</summary>
    public IReadOnlyList<AttackOffender> Tenants { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The paths with the most matches.</summary>
    public IReadOnlyList<AttackOffender> Paths { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The rules with the most matches.</summary>
    public IReadOnlyList<AttackOffender> Rules { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The files or instances with the most matches.</summary>
    public IReadOnlyList<AttackOffender> Sources { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Matches over time, in at most 200 stretches of the same length.</summary>
    public IReadOnlyList<AttackBucket> Timeline { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How long each of these stretches is.</summary>
    public TimeSpan TimelineWidth { get; init; }

    /// <summary>Rate rules that were broken, the gravest and most frequent first.</summary>
    public IReadOnlyList<AttackBurst> Bursts { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Matches that a rate rule could not count, because they came too late or there was no room for their key any more: the most of any rule.</summary>
    public long NotRated { get; init; }

    /// <summary>The same, by rate rule.</summary>
    public IReadOnlyList<AttackCount> NotRatedRules { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Matches that an allow-list let pass; they are in no other number.</summary>
    public long Suppressed { get; init; }

    /// <summary>The same, by entry of the allow-list.</summary>
    public IReadOnlyList<AttackSuppression> Suppressions { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Entries of the allow-list that let nothing pass.</summary>
    public IReadOnlyList<string> UnusedAllows { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The most frequent by one key.</summary>
    public IReadOnlyList<AttackOffender> By(AttackKey key) => key switch
    {
        AttackKey.Address => Addresses,
        AttackKey.Tenant => Tenants,
        AttackKey.Path => Paths,
        AttackKey.Rule => Rules,
        _ => Sources,
    };

    Alert IAlertSource.ToAlert() => AttackAlerts.Of(this);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Matches:N0} matches of {DistinctAddresses:N0} addresses, {Bursts.Count:N0} bursts");
}
