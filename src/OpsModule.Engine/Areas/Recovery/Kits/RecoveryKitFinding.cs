using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>One thing that a test of a recovery kit found.</summary>
public sealed record RecoveryKitFinding : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment that the kit is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => Environment is null ? this with { Environment = environment } : this;

    /// <summary>How much it matters.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>A stable code in PascalCase, for example <c>KitOutdated</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What was found, in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>What to do; empty when there is nothing to do.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>The kit's file.</summary>
    public required string Path { get; init; }

    /// <summary>When the kit was made, UTC; null when it could not be opened.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    bool IVerdict.IsBad() => Severity == FindingSeverity.Error;

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Severity.ToString().ToLowerInvariant()} {Code}: {Message}";
}
