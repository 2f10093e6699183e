using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Lockdown;

/// <summary>A lockdown: what was done, and what is still open.</summary>
public sealed record LockdownResult : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>True when nothing is open but what was left out on request.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Its parts, in their order.</summary>
    public IReadOnlyList<LockdownStep> Parts { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What is still open, in sentences.</summary>
    public IReadOnlyList<string> Open { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Where the evidence lies; null where none was kept.</summary>
    public string? Evidence { get; init; }

    /// <summary>Its SHA-256, as the journal has it, in lower-case hexadecimal.</summary>
    public string? EvidenceSha256 { get; init; }

    /// <summary>Where the emergency keys lie, encrypted; null where none was issued.</summary>
    public string? EmergencyKeys { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>From its beginning to where it is now, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The change's id in the journal.</summary>
    public string? Change { get; init; }

    bool IVerdict.IsBad() => !IsComplete;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => "lockdown: " + (IsComplete ? "complete" : $"{Open.Count} open");
}
