using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>What came of an update.</summary>
public enum RolloutOutcome
{
    /// <summary>The new version was seen serving, and the old one is gone.</summary>
    Done,
    /// <summary>The new version runs, and nothing that was asked for has proven that it serves; the words say what was not seen.</summary>
    NotProven,
    /// <summary>The new version failed; the old one serves as before.</summary>
    RolledBack,
    /// <summary>It failed, and the service is not as it was before; the words say how it is.</summary>
    Failed,
    /// <summary>There was nothing to bring out: all instances are already what was asked for.</summary>
    Unchanged,
}

/// <summary>An update of a service, or its rollback: from what to what, how, and what came of it.</summary>
public sealed record RolloutResult : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>What came of it.</summary>
    public required RolloutOutcome Outcome { get; init; }

    /// <summary>In what order instances were replaced.</summary>
    public RolloutStrategy Strategy { get; init; }

    /// <summary>Why that order and no other, or what was not seen, or why it failed.</summary>
    public string? Words { get; init; }

    /// <summary>The image before.</summary>
    public string? FromImage { get; init; }

    /// <summary>Its digest, or its id where no registry has it.</summary>
    public string? FromDigest { get; init; }

    /// <summary>The revision before; null where none is known.</summary>
    public int? FromRevision { get; init; }

    /// <summary>The image that was asked for.</summary>
    public string? ToImage { get; init; }

    /// <inheritdoc cref="FromDigest"/>
    public string? ToDigest { get; init; }

    /// <summary>The revision that it became, or was to become.</summary>
    public int? ToRevision { get; init; }

    /// <summary>How many instances serve now.</summary>
    public int Instances { get; init; }

    /// <summary>The proxy that was told, and how it was proven that it has the new instances; null without a proxy.</summary>
    public string? Proxy { get; init; }

    /// <summary>How many requests were counted while it was watched.</summary>
    public long Requests { get; init; }

    /// <summary>How many of them failed.</summary>
    public long FailedRequests { get; init; }

    /// <summary>How slow the slowest of twenty was; null where none was counted.</summary>
    public double? P95Milliseconds { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The change's id in the journal; null before it has one.</summary>
    public string? Change { get; init; }

    /// <summary>Why it was done, as somebody said.</summary>
    public string? Reason { get; init; }

    /// <summary>Its steps.</summary>
    public IReadOnlyList<RolloutStep> Steps { get; init => field = PlainList.Of(value); } = [];

    bool IVerdict.IsBad() => Outcome is RolloutOutcome.RolledBack or RolloutOutcome.Failed;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Service}: {Outcome}";
}
