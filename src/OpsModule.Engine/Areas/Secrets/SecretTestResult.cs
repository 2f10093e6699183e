using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets;

/// <summary>Whether the value of a secret that counts now is the one that is used.</summary>
public sealed record SecretTestResult : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The secret.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public SecretKind Kind { get; init; }

    /// <summary>False when something is not as it must be.</summary>
    public required bool Passed { get; init; }

    /// <summary>The value's fingerprint by the environment's key; null where it could not be read.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>What was seen, in sentences.</summary>
    public IReadOnlyList<string> Proofs { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What is not as it must be, or could not be seen, in sentences.</summary>
    public IReadOnlyList<string> Findings { get; init => field = PlainList.Of(value); } = [];

    bool IVerdict.IsBad() => !Passed;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {(Passed ? "proven" : string.Join(" ", Findings))}";
}
