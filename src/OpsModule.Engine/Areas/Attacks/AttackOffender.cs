using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>Who, or what, has many matches.</summary>
public sealed record AttackOffender : IAlertSource, IEnvironmentRecord, IVerdict
{
    bool IVerdict.IsBad() => Severity is AttackSeverity.High or AttackSeverity.Critical;

    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>What it is.</summary>
    public required AttackKey By { get; init; }

    /// <summary>The address, tenant, path, rule or source.</summary>
    public required string Value { get; init; }

    /// <summary>Its matches; never too few.</summary>
    public required long Count { get; init; }

    /// <summary>By how much the count may be too large; 0 when it is exact.</summary>
    public long CountError { get; init; }

    /// <summary>Its first match, UTC; null when no line told a time.</summary>
    public DateTimeOffset? FirstTime { get; init; }

    /// <summary>Its last match, UTC.</summary>
    public DateTimeOffset? LastTime { get; init; }

    /// <summary>What kinds of attacks.</summary>
    public IReadOnlyList<AttackCategory> Categories { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The highest severity.</summary>
    public AttackSeverity Severity { get; init; }

    Alert IAlertSource.ToAlert() => AttackAlerts.Of(this);

    /// <inheritdoc/>
    public override string ToString() => CountError == 0 ? FormattableString.Invariant($"{Value}: {Count:N0}")
        : FormattableString.Invariant($"{Value}: {Count - CountError:N0} to {Count:N0}");
}

/// <summary>A rate rule that was broken by one key.</summary>
public sealed record AttackBurst : IAlertSource
{
    /// <summary>The rate rule.</summary>
    public required string Rule { get; init; }

    /// <summary>What it means, in a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>What it counts by.</summary>
    public required AttackKey By { get; init; }

    /// <summary>The address, tenant, path, rule or source.</summary>
    public required string Value { get; init; }

    /// <summary>The most in any window.</summary>
    public required long Most { get; init; }

    /// <summary>When the window with the most ended, UTC.</summary>
    public required DateTimeOffset MostTime { get; init; }

    /// <summary>More than so many break the rule.</summary>
    public required long More { get; init; }

    /// <summary>How long a window is.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>When the rule was first broken, UTC.</summary>
    public required DateTimeOffset FirstTime { get; init; }

    /// <summary>When it was last broken, UTC.</summary>
    public required DateTimeOffset LastTime { get; init; }

    /// <summary>How grave.</summary>
    public AttackSeverity Severity { get; init; }

    /// <summary>MITRE ATT&amp;CK technique.</summary>
    public string? Mitre { get; init; }

    Alert IAlertSource.ToAlert() => AttackAlerts.Of(this);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Rule} of {Value}: {Most:N0} within {DurationText.Show(Within)}");
}
