using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets;

/// <summary>A rotation of one secret: what was done, what was seen, what is left.</summary>
public sealed record RotationResult : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The secret.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public SecretKind Kind { get; init; }

    /// <summary>What came of it.</summary>
    public required RotationOutcome Outcome { get; init; }

    /// <summary>What it waits for, what was not seen, or why it failed.</summary>
    public string? Words { get; init; }

    /// <summary>The new value's fingerprint by the environment's key; null when none was made.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The services that were replaced, or restarted, with it.</summary>
    public IReadOnlyList<string> Services { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Its steps.</summary>
    public IReadOnlyList<RotationStep> Steps { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What was seen, in sentences.</summary>
    public IReadOnlyList<string> Proofs { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How many sessions ran on the old value when they were counted the last time; null where that cannot be seen.</summary>
    public int? OldSessions { get; init; }

    /// <summary>From its beginning to its end, or to where it is now, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>
    /// How long old and new did not count at the same time while services were replaced, in seconds; 0 where they overlap.
    /// </summary>
    public double GapSeconds { get; init; }

    /// <summary>When it is to be gone on with, UTC; null where it does not wait.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The change's id in the journal.</summary>
    public string? Change { get; init; }

    bool IVerdict.IsBad() => Outcome is RotationOutcome.TakenBack or RotationOutcome.Unfinished or RotationOutcome.LeftOut;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Outcome}";
}
